;; Calls an empty table entry.
(module
  (memory (export "memory") 1)
  (type $f (func))
  (table 1 1 funcref)
  (func (export "apply")
    (call_indirect (type $f) (i32.const 0))))
