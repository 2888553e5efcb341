;; Answers text that begins with a byte order mark: it is part of the text.
(module
  (import "orcade" "output" (func $output (param i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\ef\bb\bf\78")
  (func (export "apply")
    (call $output (i32.const 0) (i32.const 0) (i32.const 4))))
