;; A data segment that lies outside the memory: it cannot be instantiated.
(module
  (memory (export "memory") 1 1)
  (data (i32.const 65536) "x")
  (func (export "apply")))
