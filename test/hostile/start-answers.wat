;; Its start function answers, and apply does not: the answer stands.
(module
  (import "orcade" "output" (func $output (param i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "early")
  (func $start (call $output (i32.const 0) (i32.const 0) (i32.const 5)))
  (start $start)
  (func (export "apply")))
