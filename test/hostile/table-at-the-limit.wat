;; A table of 100,000 entries: the last that is accepted.
(module
  (import "orcade" "output" (func $output (param i32 i32 i32)))
  (memory (export "memory") 1)
  (table 100000 funcref)
  (data (i32.const 0) "x")
  (func (export "apply")
    (call $output (i32.const 0) (i32.const 0) (i32.const 1))))
