;; Functions called through a table that one of them rewrites.
(module
  (memory (export "memory") 1 1)
  (type $step (func (param i32) (result i32)))
  (table 3 funcref)
  (elem (i32.const 0) $add $swap $halve)
  (func $add (type $step) (i32.add (local.get 0) (i32.const 7)))
  (func $swap (type $step)
    (if (i32.eqz (i32.and (local.get 0) (i32.const 1023)))
      (then (table.set (i32.const 0) (table.get (i32.const 0)))))
    (i32.add (local.get 0) (i32.const 1)))
  (func $halve (type $step) (i32.add (i32.shr_u (local.get 0) (i32.const 1)) (i32.const 1)))
  (func (export "apply") (local $x i32)
    (loop $again
      (local.set $x (call_indirect (type $step) (local.get $x) (i32.rem_u (local.get $x) (i32.const 3))))
      (br $again))))
