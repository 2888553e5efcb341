;; Fails with a type that only the platform may say.
(module
  (import "orcade" "fail" (func $fail (param i32 i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "FuelExhaustedpay")
  (func (export "apply")
    (call $fail (i32.const 0) (i32.const 13) (i32.const 13) (i32.const 3))))
