;; The reducer of tally: adds pairs of i64. Its input is, for each, a length (u32) and the pair.
(module
  (import "orcade" "input_size" (func $size (result i32)))
  (import "orcade" "input_read" (func $read (param i32 i32 i32)))
  (import "orcade" "output" (func $output (param i32 i32 i32)))
  (memory (export "memory") 16)
  (func (export "apply")
    (local $at i32) (local $end i32) (local $lines i64) (local $sum i64)
    (local.set $end (call $size))
    (call $read (i32.const 16) (i32.const 0) (local.get $end))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $lines (i64.add (local.get $lines) (i64.load offset=20 (local.get $at))))
        (local.set $sum (i64.add (local.get $sum) (i64.load offset=28 (local.get $at))))
        (local.set $at (i32.add (local.get $at) (i32.const 20)))
        (br $next)))
    (i64.store (i32.const 0) (local.get $lines))
    (i64.store (i32.const 8) (local.get $sum))
    (call $output (i32.const 2) (i32.const 0) (i32.const 16))))
