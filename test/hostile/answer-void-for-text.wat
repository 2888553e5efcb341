;; Answers void, where its manifest says text.
(module
  (import "orcade" "output" (func $output (param i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "fine")
  (func (export "apply")
    (call $output (i32.const 3) (i32.const 0) (i32.const 0))))
