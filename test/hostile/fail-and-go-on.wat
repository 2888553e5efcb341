;; Goes on after fail, which must not return.
(module
  (import "orcade" "fail" (func $fail (param i32 i32 i32 i32)))
  (import "orcade" "output" (func $output (param i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "FirstErrorafter")
  (func (export "apply")
    (call $fail (i32.const 0) (i32.const 10) (i32.const 0) (i32.const 0))
    (call $output (i32.const 0) (i32.const 10) (i32.const 5))))
