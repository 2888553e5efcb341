;; Executes unreachable.
(module
  (memory (export "memory") 1)
  (func (export "apply")
    (unreachable)))
