;; Calls a function as what it is not.
(module
  (memory (export "memory") 1)
  (type $f (func (param i64)))
  (table 1 1 funcref)
  (func $g)
  (elem (i32.const 0) $g)
  (func (export "apply")
    (call_indirect (type $f) (i64.const 0) (i32.const 0))))
