;; Imports a socket, which the ABI does not have.
(module
  (import "orcade" "socket" (func (result i64)))
  (memory (export "memory") 1)
  (func (export "apply")))
