;; Answers with a span whose end passes 2^31.
(module
  (import "orcade" "output" (func $output (param i32 i32 i32)))
  (memory (export "memory") 1)
  (func (export "apply")
    (call $output (i32.const 0) (i32.const 0x7fffffff) (i32.const 0x7fffffff))))
