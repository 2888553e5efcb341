;; An element segment that lies outside the table.
(module
  (memory (export "memory") 1)
  (table 1 1 funcref)
  (func $f)
  (elem (i32.const 1) $f)
  (func (export "apply")))
