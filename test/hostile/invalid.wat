;; apply leaves an i64 where nothing is expected: it does not validate.
(module
  (memory (export "memory") 1)
  (func (export "apply")
    (i64.const 1)))
