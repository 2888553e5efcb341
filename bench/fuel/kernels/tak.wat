;; Takeuchi's function. Size n: tak(n + 6, n, n - 6).
(module
  (memory (export "memory") 1)
  (func $tak (param $x i32) (param $y i32) (param $z i32) (result i32)
    (if (result i32) (i32.ge_s (local.get $y) (local.get $x))
      (then (local.get $z))
      (else
        (call $tak
          (call $tak (i32.sub (local.get $x) (i32.const 1)) (local.get $y) (local.get $z))
          (call $tak (i32.sub (local.get $y) (i32.const 1)) (local.get $z) (local.get $x))
          (call $tak (i32.sub (local.get $z) (i32.const 1)) (local.get $x) (local.get $y))))))
  (func (export "setup") (param i32))
  (func (export "run") (param i32) (result i32)
    (call $tak
      (i32.add (local.get 0) (i32.const 6))
      (local.get 0)
      (i32.sub (local.get 0) (i32.const 6)))))
