;; A branch to a label that does not exist.
(module
  (memory (export "memory") 1)
  (func (export "apply")
    (br 7)))
