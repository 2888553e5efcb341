;; Fails with a type of 10 MB: it is cut.
(module
  (import "orcade" "fail" (func $fail (param i32 i32 i32 i32)))
  (memory (export "memory") 256)
  (func (export "apply")
    (memory.fill (i32.const 0) (i32.const 84) (i32.const 10000000))
    (call $fail (i32.const 0) (i32.const 10000000) (i32.const 0) (i32.const 0))))
