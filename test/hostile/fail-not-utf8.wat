;; Fails with a message that is not UTF-8.
(module
  (import "orcade" "fail" (func $fail (param i32 i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "OddError\ff")
  (func (export "apply")
    (call $fail (i32.const 0) (i32.const 8) (i32.const 8) (i32.const 1))))
