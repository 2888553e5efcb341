;; A mapper: answers two little-endian i64, the number of line feeds of its input and the sum of its bytes. A `!` is a trap, a
;; `~` never ends.
(module
  (import "orcade" "input_size" (func $size (result i32)))
  (import "orcade" "input_read" (func $read (param i32 i32 i32)))
  (import "orcade" "output" (func $output (param i32 i32 i32)))
  (memory (export "memory") 200)
  (func (export "apply")
    (local $i i32) (local $end i32) (local $byte i32) (local $lines i64) (local $sum i64)
    (local.set $end (call $size))
    (call $read (i32.const 16) (i32.const 0) (local.get $end))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $i) (local.get $end)))
        (local.set $byte (i32.load8_u offset=16 (local.get $i)))
        (if (i32.eq (local.get $byte) (i32.const 33)) (then unreachable))
        (if (i32.eq (local.get $byte) (i32.const 126)) (then (loop $ever (br $ever))))
        (local.set $lines (i64.add (local.get $lines) (i64.extend_i32_u (i32.eq (local.get $byte) (i32.const 10)))))
        (local.set $sum (i64.add (local.get $sum) (i64.extend_i32_u (local.get $byte))))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $next)))
    (i64.store (i32.const 0) (local.get $lines))
    (i64.store (i32.const 8) (local.get $sum))
    (call $output (i32.const 2) (i32.const 0) (i32.const 16))))
