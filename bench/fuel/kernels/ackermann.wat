;; Ackermann's function: deep recursion, with calls at the end that are not tail calls. Size n: ack(2, n).
(module
  (memory (export "memory") 1)
  (func $ack (param $m i32) (param $n i32) (result i32)
    (if (result i32) (i32.eqz (local.get $m))
      (then (i32.add (local.get $n) (i32.const 1)))
      (else
        (if (result i32) (i32.eqz (local.get $n))
          (then (call $ack (i32.sub (local.get $m) (i32.const 1)) (i32.const 1)))
          (else
            (call $ack
              (i32.sub (local.get $m) (i32.const 1))
              (call $ack (local.get $m) (i32.sub (local.get $n) (i32.const 1)))))))))
  (func (export "setup") (param i32))
  (func (export "run") (param i32) (result i32) (call $ack (i32.const 2) (local.get 0))))
