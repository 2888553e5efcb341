;; Imports the fuel counter itself.
(module
  (import "orcade:fuel" "refuel" (func (param i64) (result i64)))
  (memory (export "memory") 1)
  (func (export "apply")))
