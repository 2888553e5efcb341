;; A mapper that never ends: it says that one byte more of its input is finished, with that byte as the answer, and burns all the
;; fuel it is given.
(module
  (import "orcade" "input_read" (func $read (param i32 i32 i32)))
  (import "orcade" "job_done" (func $done (param i64 i32 i32 i32)))
  (memory (export "memory") 1)
  (func (export "apply")
    (call $read (i32.const 0) (i32.const 0) (i32.const 1))
    (call $done (i64.const 1) (i32.const 2) (i32.const 0) (i32.const 1))
    (loop $ever (br $ever))))
