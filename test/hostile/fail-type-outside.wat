;; Fails with a type outside its memory.
(module
  (import "orcade" "fail" (func $fail (param i32 i32 i32 i32)))
  (memory (export "memory") 1)
  (func (export "apply")
    (call $fail (i32.const 0) (i32.const -1) (i32.const 0) (i32.const 0))))
