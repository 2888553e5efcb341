;; An Extism plug-in that exports two functions, and does not say which to call.
(module
  (import "extism:host/env" "input_length" (func (result i64)))
  (memory (export "memory") 1)
  (func (export "one") (result i32) (i32.const 0))
  (func (export "two") (result i32) (i32.const 0)))
