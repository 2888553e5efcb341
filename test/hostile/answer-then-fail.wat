;; Answers, then fails: the failure counts.
(module
  (import "orcade" "output" (func $output (param i32 i32 i32)))
  (import "orcade" "fail" (func $fail (param i32 i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "fine")
  (data (i32.const 16) "LateError")
  (func (export "apply")
    (call $output (i32.const 0) (i32.const 0) (i32.const 4))
    (call $fail (i32.const 16) (i32.const 9) (i32.const 0) (i32.const 4))))
