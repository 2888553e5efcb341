;; Exports everything but apply.
(module
  (memory (export "memory") 1)
  (func (export "Apply"))
  (func (export "_start")))
