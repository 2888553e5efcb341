;; Exports a balance of its own.
(module
  (memory (export "memory") 1)
  (global (export "orcade:fuel") (mut i64) (i64.const 1))
  (func (export "apply")))
