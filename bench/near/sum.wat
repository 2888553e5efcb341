;; The loop of test/modules/reader.wat over its input: what a caller calls that has fetched the bytes itself.
(module
  (import "orcade" "input_size" (func $size (result i32)))
  (import "orcade" "input_read" (func $read (param i32 i32 i32)))
  (import "orcade" "output" (func $output (param i32 i32 i32)))
  (memory (export "memory") 192)
  (func (export "apply") (local $at i32) (local $sum i64) (local $end i32)
    (local.set $at (i32.const 1048576))
    (local.set $end (i32.add (local.get $at) (call $size)))
    (call $read (local.get $at) (i32.const 0) (call $size))
    (block $done (loop $next
      (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
      (local.set $sum (i64.add (i64.rotl (local.get $sum) (i64.const 5)) (i64.load (local.get $at))))
      (local.set $at (i32.add (local.get $at) (i32.const 8)))
      (br $next)))
    (i64.store (i32.const 0) (local.get $sum))
    (i64.store (i32.const 8) (i64.extend_i32_u (call $size)))
    (call $output (i32.const 2) (i32.const 0) (i32.const 16))))
