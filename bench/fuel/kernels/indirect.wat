;; Small functions through a table: a machine of four operations runs a program. Size n: steps.
(module
  (memory (export "memory") 1)
  (type $operation (func (param i32) (result i32)))
  (table 4 funcref)
  (elem (i32.const 0) $double $next $mix $halve)
  (func $double (type $operation) (i32.shl (local.get 0) (i32.const 1)))
  (func $next (type $operation) (i32.add (local.get 0) (i32.const 1)))
  (func $mix (type $operation) (i32.xor (local.get 0) (i32.rotl (local.get 0) (i32.const 7))))
  (func $halve (type $operation) (i32.shr_u (local.get 0) (i32.const 1)))
  (func (export "setup") (param i32))
  (func (export "run") (param $n i32) (result i32)
    (local $x i32) (local $i i32)
    (local.set $x (i32.const 12345))
    (loop $step
      (local.set $x
        (call_indirect (type $operation) (local.get $x) (i32.and (i32.add (local.get $i) (local.get $x)) (i32.const 3))))
      (br_if $step (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
    (local.get $x)))
