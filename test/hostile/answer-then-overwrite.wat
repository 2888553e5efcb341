;; Answers, then overwrites the bytes it answered with: the answer was taken when it was given.
(module
  (import "orcade" "output" (func $output (param i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "fine")
  (func (export "apply")
    (call $output (i32.const 0) (i32.const 0) (i32.const 4))
    (memory.fill (i32.const 0) (i32.const 120) (i32.const 4))))
