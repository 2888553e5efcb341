;; Answers arrays 10,000 deep.
(module
  (import "orcade" "output" (func $output (param i32 i32 i32)))
  (memory (export "memory") 1)
  (func (export "apply")
    (memory.fill (i32.const 0) (i32.const 91) (i32.const 10000))
    (memory.fill (i32.const 10000) (i32.const 93) (i32.const 10000))
    (call $output (i32.const 1) (i32.const 0) (i32.const 20000))))
