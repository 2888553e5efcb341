;; Answers a JSON string with a lone surrogate as three bytes.
(module
  (import "orcade" "output" (func $output (param i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\22\ed\a0\80\22")
  (func (export "apply")
    (call $output (i32.const 1) (i32.const 0) (i32.const 5))))
