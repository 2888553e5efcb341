;; Nothing, for ever.
(module
  (memory (export "memory") 1 1)
  (func (export "apply") (loop $again (br $again))))
