;; A reducer that is not associative: the difference of the first bytes. For each answer a length (u32) and one byte.
(module
  (import "orcade" "input_size" (func $size (result i32)))
  (import "orcade" "input_read" (func $read (param i32 i32 i32)))
  (import "orcade" "output" (func $output (param i32 i32 i32)))
  (memory (export "memory") 16)
  (func (export "apply")
    (local $at i32) (local $end i32) (local $byte i32)
    (local.set $end (call $size))
    (call $read (i32.const 0) (i32.const 0) (local.get $end))
    (local.set $byte (i32.mul (i32.const 2) (i32.load8_u (i32.const 4))))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $byte (i32.sub (local.get $byte) (i32.load8_u offset=4 (local.get $at))))
        (local.set $at (i32.add (i32.add (local.get $at) (i32.const 4)) (i32.load (local.get $at))))
        (br $next)))
    (i32.store8 (i32.const 0) (local.get $byte))
    (call $output (i32.const 2) (i32.const 0) (i32.const 1))))
