;; Two functions that call each other 1,000 deep, again and again.
(module
  (memory (export "memory") 1 1)
  (func $even (param $n i32) (result i32)
    (if (result i32) (i32.eqz (local.get $n))
      (then (i32.const 1))
      (else (call $odd (i32.sub (local.get $n) (i32.const 1))))))
  (func $odd (param $n i32) (result i32)
    (if (result i32) (i32.eqz (local.get $n))
      (then (i32.const 0))
      (else (call $even (i32.sub (local.get $n) (i32.const 1))))))
  (func (export "apply")
    (loop $again
      (drop (call $even (i32.const 1000)))
      (br $again))))
