;; Answers text that is not UTF-8.
(module
  (import "orcade" "output" (func $output (param i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\61\ff")
  (func (export "apply")
    (call $output (i32.const 0) (i32.const 0) (i32.const 2))))
