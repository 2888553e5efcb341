;; A plug-in that reads outside its host's blocks.
;; => "reason":"BadPointer"
(module
  (import "extism:host/env" "load_u64" (func $l (param i64) (result i64)))
  (memory (export "memory") 1)
  (func (export "run") (result i32) (drop (call $l (i64.const -8))) (i32.const 0)))
