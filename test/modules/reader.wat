;; Reads a whole file of data, in ranges. Input: bytes of a range (u32, little-endian, a multiple of 8), turns of an empty loop
;; after that (u32), the length of the path (u8), the path, and whatever else. Answers with a checksum (i64: rotate by 5, add the
;; next 8 bytes; the last ones padded with zeros) and the length (i64); with nothing where there is no such file.
(module
  (import "orcade" "input_size" (func $size (result i32)))
  (import "orcade" "input_read" (func $read (param i32 i32 i32)))
  (import "orcade" "data_range" (func $range (param i32 i32 i64 i32) (result i32)))
  (import "orcade" "answer_read" (func $answer (param i32 i32 i32)))
  (import "orcade" "output" (func $output (param i32 i32 i32)))
  (memory (export "memory") 160)
  (func $sum (param $sum i64) (param $length i32) (result i64) (local $at i32)
    (i64.store (i32.add (i32.const 1048576) (local.get $length)) (i64.const 0))
    (local.set $at (i32.const 1048576))
    (local.set $length (i32.add (local.get $length) (local.get $at)))
    (block $done (loop $next
      (br_if $done (i32.ge_u (local.get $at) (local.get $length)))
      (local.set $sum (i64.add (i64.rotl (local.get $sum) (i64.const 5)) (i64.load (local.get $at))))
      (local.set $at (i32.add (local.get $at) (i32.const 8)))
      (br $next)))
    (local.get $sum))
  (func (export "apply") (local $at i64) (local $sum i64) (local $length i32) (local $turns i32)
    (call $read (i32.const 0) (i32.const 0) (call $size))
    (block $done (loop $next
      (local.set $length (call $range (i32.const 9) (i32.load8_u (i32.const 8)) (local.get $at) (i32.load (i32.const 0))))
      (if (i32.lt_s (local.get $length) (i32.const 0)) (then (call $output (i32.const 2) (i32.const 0) (i32.const 0)) (return)))
      (call $answer (i32.const 1048576) (i32.const 0) (local.get $length))
      (local.set $sum (call $sum (local.get $sum) (local.get $length)))
      (local.set $at (i64.add (local.get $at) (i64.extend_i32_u (local.get $length))))
      (br_if $next (i32.eq (local.get $length) (i32.load (i32.const 0))))))
    (local.set $turns (i32.load (i32.const 4)))
    (block $over (loop $turn
      (br_if $over (i32.eqz (local.get $turns)))
      (local.set $turns (i32.sub (local.get $turns) (i32.const 1)))
      (br $turn)))
    (i64.store (i32.const 0) (local.get $sum))
    (i64.store (i32.const 8) (local.get $at))
    (call $output (i32.const 2) (i32.const 0) (i32.const 16))))
