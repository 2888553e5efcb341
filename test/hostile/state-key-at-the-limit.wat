;; A state key of 512 bytes: the longest that is accepted.
(module
  (import "orcade" "state_put" (func $put (param i32 i32 i32 i32)))
  (memory (export "memory") 1)
  (func (export "apply")
    (call $put (i32.const 0) (i32.const 512) (i32.const 0) (i32.const 1))))
