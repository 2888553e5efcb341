;; Answers text that takes 15 MiB and one byte as encoded.
(module
  (import "orcade" "output" (func $output (param i32 i32 i32)))
  (memory (export "memory") 256)
  (func (export "apply")
    (memory.fill (i32.const 0) (i32.const 97) (i32.const 15728639))
    (call $output (i32.const 0) (i32.const 0) (i32.const 15728639))))
