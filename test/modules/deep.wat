;; Calls itself as many times as the little-endian u32 of its input says, with four locals that are needed after the call;
;; answers the sum of what they hold (u64).
(module
  (import "orcade" "input_read" (func $read (param i32 i32 i32)))
  (import "orcade" "output" (func $output (param i32 i32 i32)))
  (memory (export "memory") 1)
  (func $down (export "down") (param $left i32) (param $sum i64) (result i64)
    (local $a i64) (local $b i64) (local $c f64) (local $d i32)
    (if (i32.eqz (local.get $left)) (then (return (local.get $sum))))
    (local.set $a (i64.extend_i32_u (local.get $left)))
    (local.set $b (i64.add (local.get $a) (local.get $sum)))
    (local.set $c (f64.convert_i32_u (local.get $left)))
    (local.set $d (i32.mul (local.get $left) (i32.const 3)))
    (i64.add
      (call $down (i32.sub (local.get $left) (i32.const 1)) (local.get $b))
      (i64.add
        (i64.sub (local.get $b) (local.get $sum))
        (i64.add (i64.trunc_f64_u (local.get $c)) (i64.extend_i32_u (local.get $d))))))
  (func (export "apply")
    (call $read (i32.const 0) (i32.const 0) (i32.const 4))
    (i64.store (i32.const 8) (call $down (i32.load (i32.const 0)) (i64.const 0)))
    (call $output (i32.const 2) (i32.const 8) (i32.const 8))))
