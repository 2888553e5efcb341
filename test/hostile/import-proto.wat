;; Imports what a careless host finds on every object.
(module
  (import "orcade" "__proto__" (func))
  (import "orcade" "constructor" (func))
  (memory (export "memory") 1)
  (func (export "apply")))
