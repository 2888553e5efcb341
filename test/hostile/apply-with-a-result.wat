;; apply gives a result.
(module
  (memory (export "memory") 1)
  (func (export "apply") (result i32) (i32.const 1)))
