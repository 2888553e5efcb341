;; Answers text that would add members to the envelope if it were spliced in unread.
(module
  (import "orcade" "output" (func $output (param i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "null,\22metadata\22:{\22content_type\22:\22text\22},\22error\22:null")
  (func (export "apply")
    (call $output (i32.const 1) (i32.const 0) (i32.const 52))))
