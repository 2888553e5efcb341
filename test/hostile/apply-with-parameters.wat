;; apply takes a parameter.
(module
  (memory (export "memory") 1)
  (func (export "apply") (param i32)))
