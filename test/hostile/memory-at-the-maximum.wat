;; 1,024 pages, 64 MiB, the most a manifest can grant.
(module
  (import "orcade" "output" (func $output (param i32 i32 i32)))
  (memory (export "memory") 1024)
  (data (i32.const 67108863) "x")
  (func (export "apply")
    (call $output (i32.const 0) (i32.const 67108863) (i32.const 1))))
