;; Imports a table.
(module
  (import "orcade" "table" (table 1 funcref))
  (memory (export "memory") 1)
  (func (export "apply")))
