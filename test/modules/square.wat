;; A mapper whose cost is not linear: it burns some fuel for each pair of bytes of its input, and answers how long that is.
(module
  (import "orcade" "input_size" (func $size (result i32)))
  (import "orcade" "output" (func $output (param i32 i32 i32)))
  (memory (export "memory") 1)
  (func (export "apply")
    (local $turns i64)
    (local.set $turns (i64.extend_i32_u (call $size)))
    (local.set $turns (i64.shr_u (i64.mul (local.get $turns) (local.get $turns)) (i64.const 9)))
    (block $done
      (loop $again
        (br_if $done (i64.eqz (local.get $turns)))
        (local.set $turns (i64.sub (local.get $turns) (i64.const 1)))
        (br $again)))
    (i32.store (i32.const 0) (call $size))
    (call $output (i32.const 2) (i32.const 0) (i32.const 4))))
