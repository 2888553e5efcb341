;; Calls itself in tail position for ever.
(module
  (memory (export "memory") 1)
  (func $again (return_call $again))
  (func (export "apply")
    (call $again)))
