;; memory is a function.
(module
  (func (export "memory"))
  (func (export "apply")))
