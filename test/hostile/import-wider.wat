;; Imports a host function with 64-bit parameters.
(module
  (import "orcade" "input_read" (func (param i64 i64 i64)))
  (memory (export "memory") 1)
  (func (export "apply")))
