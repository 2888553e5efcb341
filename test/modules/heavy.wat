;; A mapper that burns some 70,000 fuel for each byte of its input, then answers its input: associative by `join`, and order
;; shows.
(module
  (import "orcade" "input_size" (func $size (result i32)))
  (import "orcade" "input_read" (func $read (param i32 i32 i32)))
  (import "orcade" "output" (func $output (param i32 i32 i32)))
  (memory (export "memory") 200)
  (func (export "apply")
    (local $turns i32) (local $length i32)
    (local.set $length (call $size))
    (call $read (i32.const 0) (i32.const 0) (local.get $length))
    (local.set $turns (i32.mul (local.get $length) (i32.const 14000)))
    (block $done
      (loop $again
        (br_if $done (i32.eqz (local.get $turns)))
        (local.set $turns (i32.sub (local.get $turns) (i32.const 1)))
        (br $again)))
    (call $output (i32.const 2) (i32.const 0) (local.get $length))))
