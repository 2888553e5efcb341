;; Reads a state key of 513 bytes.
(module
  (import "orcade" "state_get" (func $get (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "apply")
    (drop (call $get (i32.const 0) (i32.const 513)))))
