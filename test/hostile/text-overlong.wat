;; Answers text with an overlong slash.
(module
  (import "orcade" "output" (func $output (param i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\c0\af")
  (func (export "apply")
    (call $output (i32.const 0) (i32.const 0) (i32.const 2))))
