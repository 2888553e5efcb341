;; A plug-in that takes a large block and gives it back, for ever.
;; => "reason":"FuelExhausted"
(module
  (import "extism:host/env" "alloc" (func $a (param i64) (result i64)))
  (import "extism:host/env" "free" (func $f (param i64)))
  (memory (export "memory") 1)
  (func (export "run") (result i32) (loop (call $f (call $a (i64.const 16777216))) (br 0)) (i32.const 0)))
