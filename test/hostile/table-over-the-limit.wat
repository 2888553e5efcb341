;; A table of 100,001 entries.
(module
  (import "orcade" "output" (func $output (param i32 i32 i32)))
  (memory (export "memory") 1)
  (table 100001 funcref)
  (data (i32.const 0) "x")
  (func (export "apply")
    (call $output (i32.const 0) (i32.const 0) (i32.const 1))))
