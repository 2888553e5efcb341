;; A state value of 1 MiB and one byte.
(module
  (import "orcade" "state_put" (func $put (param i32 i32 i32 i32)))
  (memory (export "memory") 256)
  (func (export "apply")
    (call $put (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 1048577))))
