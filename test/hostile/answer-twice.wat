;; Answers twice: the last counts.
(module
  (import "orcade" "output" (func $output (param i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "firstsecond")
  (func (export "apply")
    (call $output (i32.const 0) (i32.const 0) (i32.const 5))
    (call $output (i32.const 0) (i32.const 5) (i32.const 6))))
