;; Wants memory shared between threads.
(module
  (memory (export "memory") 1 1 shared)
  (func (export "apply")))
