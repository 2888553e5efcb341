;; Its start function calls itself for ever.
(module
  (memory (export "memory") 1)
  (func $start (call $start))
  (start $start)
  (func (export "apply")))
