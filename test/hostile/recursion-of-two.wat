;; Two functions call each other through a table for ever.
(module
  (memory (export "memory") 1)
  (type $step (func (result i32)))
  (table 2 2 funcref)
  (elem (i32.const 0) $even $odd)
  (func $even (result i32) (i32.add (call_indirect (type $step) (i32.const 1)) (i32.const 1)))
  (func $odd (result i32) (i32.add (call_indirect (type $step) (i32.const 0)) (i32.const 1)))
  (func (export "apply")
    (drop (call $even))))
