;; Imports state_get without the permission.
(module
  (import "orcade" "state_get" (func $get (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "apply")))
