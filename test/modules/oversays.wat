;; A mapper that says more of its input is finished than there is, and burns all the fuel it is given.
(module
  (import "orcade" "job_done" (func $done (param i64 i32 i32 i32)))
  (memory (export "memory") 1)
  (func (export "apply")
    (call $done (i64.const 1000000) (i32.const 2) (i32.const 0) (i32.const 1))
    (loop $ever (br $ever))))
