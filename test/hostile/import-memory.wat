;; Imports its memory.
(module
  (import "orcade" "memory" (memory 1))
  (export "memory" (memory 0))
  (func (export "apply")))
