;; A mapper whose cost is not linear: it burns some fuel for each pair of bytes of its input, and answers how long that is.
(module
  (import "orcade" "input_size" (func $size (result i32)))
  (import "orcade" "output" (func $output (param i32 i32 i32)))
  (memory (export "memory") 1)
  (func (export "apply")
    (local $turns i32)
    (local.set $turns (i32.shr_u (i32.mul (call $size) (call $size)) (i32.const 8)))
    (block $done
      (loop $again
        (br_if $done (i32.eqz (local.get $turns)))
        (local.set $turns (i32.sub (local.get $turns) (i32.const 1)))
        (br $again)))
    (i32.store (i32.const 0) (call $size))
    (call $output (i32.const 2) (i32.const 0) (i32.const 4))))
