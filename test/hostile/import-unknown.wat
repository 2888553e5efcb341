;; Imports a clock, which the ABI does not have.
(module
  (import "orcade" "now" (func (result i64)))
  (memory (export "memory") 1)
  (func (export "apply")))
