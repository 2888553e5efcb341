;; Answers 3 MiB of control characters, which take 18 MiB as encoded.
(module
  (import "orcade" "output" (func $output (param i32 i32 i32)))
  (memory (export "memory") 256)
  (func (export "apply")
    (memory.fill (i32.const 0) (i32.const 1) (i32.const 3145728))
    (call $output (i32.const 0) (i32.const 0) (i32.const 3145728))))
