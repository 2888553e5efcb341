;; 256 pages, the 16 MiB its manifest grants.
(module
  (import "orcade" "output" (func $output (param i32 i32 i32)))
  (memory (export "memory") 256)
  (data (i32.const 16777215) "x")
  (func (export "apply")
    (call $output (i32.const 0) (i32.const 16777215) (i32.const 1))))
