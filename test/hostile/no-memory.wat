;; Exports no memory.
(module
  (memory 1)
  (func (export "apply")))
