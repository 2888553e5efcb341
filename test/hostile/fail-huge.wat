;; Fails with a message of 10 MB: it is cut, and the failure stands.
(module
  (import "orcade" "fail" (func $fail (param i32 i32 i32 i32)))
  (memory (export "memory") 256)
  (data (i32.const 16000000) "HugeError")
  (func (export "apply")
    (memory.fill (i32.const 0) (i32.const 109) (i32.const 10000000))
    (call $fail (i32.const 16000000) (i32.const 9) (i32.const 0) (i32.const 10000000))))
