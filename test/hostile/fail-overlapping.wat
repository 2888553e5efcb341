;; Fails with a message that is the end of its type.
(module
  (import "orcade" "fail" (func $fail (param i32 i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "OddError")
  (func (export "apply")
    (call $fail (i32.const 0) (i32.const 8) (i32.const 3) (i32.const 5))))
