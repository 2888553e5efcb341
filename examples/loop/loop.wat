;; An algorithm that never ends.
(module
  (memory (export "memory") 1)
  (func (export "apply") (loop $again (br $again))))
