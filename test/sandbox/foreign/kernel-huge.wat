;; A plug-in that asks its host for more than it may have.
;; => "reason":"BadPointer"
(module
  (import "extism:host/env" "alloc" (func $a (param i64) (result i64)))
  (memory (export "memory") 1)
  (func (export "run") (result i32) (drop (call $a (i64.const 0x7fffffffffff))) (i32.const 0)))
