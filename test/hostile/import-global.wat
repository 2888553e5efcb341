;; Imports a global.
(module
  (import "orcade" "input_size" (global i32))
  (memory (export "memory") 1)
  (func (export "apply")))
