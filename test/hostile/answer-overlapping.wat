;; Answers, then copies its memory over itself where the answer lay: the answer is what stood there when it was given.
(module
  (import "orcade" "output" (func $output (param i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "abcdefgh")
  (func (export "apply")
    (call $output (i32.const 0) (i32.const 0) (i32.const 8))
    (memory.copy (i32.const 2) (i32.const 0) (i32.const 6))))
