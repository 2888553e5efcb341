;; Its start function calls fail.
(module
  (import "orcade" "fail" (func $fail (param i32 i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "EarlyError")
  (func $start (call $fail (i32.const 0) (i32.const 10) (i32.const 0) (i32.const 0)))
  (start $start)
  (func (export "apply")))
