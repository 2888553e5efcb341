;; Answers text of control characters and quotes, which the envelope must escape.
(module
  (import "orcade" "output" (func $output (param i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\00\22\5c\0a\e2\80\a8")
  (func (export "apply")
    (call $output (i32.const 0) (i32.const 0) (i32.const 7))))
