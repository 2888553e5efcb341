;; Does what its input says, step by step: what (a character), the length of a name (u8), the name, the length of a value (u32,
;; little-endian), the value. What: p puts a file, d deletes one, g gets one, a appends the value to one, l lists a collection after the value, c calls an
;; algorithm (bytes), i adds one to a count in state under the name, t traps. Answers with what came back, one after the other:
;; of p, a and d "+" or "-"; of g and c the bytes, or "-"; of l as the host gives it; of i the count's byte.
(module
  (import "orcade" "input_size" (func $size (result i32)))
  (import "orcade" "input_read" (func $read (param i32 i32 i32)))
  (import "orcade" "data_put" (func $put (param i32 i32 i32 i32) (result i32)))
  (import "orcade" "data_delete" (func $delete (param i32 i32) (result i32)))
  (import "orcade" "data_get" (func $get (param i32 i32) (result i32)))
  (import "orcade" "data_list" (func $list (param i32 i32 i32 i32 i32) (result i32)))
  (import "orcade" "call" (func $call (param i32 i32 i32 i32 i32) (result i32)))
  (import "orcade" "state_get" (func $state (param i32 i32) (result i32)))
  (import "orcade" "state_put" (func $state_put (param i32 i32 i32 i32)))
  (import "orcade" "answer_read" (func $answer (param i32 i32 i32)))
  (import "orcade" "output" (func $output (param i32 i32 i32)))
  ;; Input from 0 on, answers from 8 MiB on; a count at 16,777,200.
  (memory (export "memory") 256)
  (global $end (mut i32) (i32.const 8388608))
  (func $say (param $character i32)
    (i32.store8 (global.get $end) (local.get $character))
    (global.set $end (i32.add (global.get $end) (i32.const 1))))
  (func $take (param $length i32)
    (if (i32.lt_s (local.get $length) (i32.const 0)) (then (call $say (i32.const 45)) (return)))
    (call $answer (global.get $end) (i32.const 0) (local.get $length))
    (global.set $end (i32.add (global.get $end) (local.get $length))))
  (func $told (param $code i32)
    (call $say (select (i32.const 45) (i32.const 43) (local.get $code))))
  (func $count (param $name i32) (param $length i32)
    (local $held i32)
    (i32.store (i32.const 16777200) (i32.const 0))
    (local.set $held (call $state (local.get $name) (local.get $length)))
    (if (i32.gt_s (local.get $held) (i32.const 0))
      (then (call $answer (i32.const 16777200) (i32.const 0) (i32.const 4))))
    (i32.store (i32.const 16777200) (i32.add (i32.load (i32.const 16777200)) (i32.const 1)))
    (call $state_put (local.get $name) (local.get $length) (i32.const 16777200) (i32.const 4))
    (call $say (i32.load8_u (i32.const 16777200))))
  (func $append (param $name i32) (param $nameLength i32) (param $value i32) (param $length i32)
    (local $held i32)
    (local.set $held (call $get (local.get $name) (local.get $nameLength)))
    (if (i32.lt_s (local.get $held) (i32.const 0)) (then (local.set $held (i32.const 0))))
    (call $answer (global.get $end) (i32.const 0) (local.get $held))
    (memory.copy (i32.add (global.get $end) (local.get $held)) (local.get $value) (local.get $length))
    (call $told (call $put (local.get $name) (local.get $nameLength)
      (global.get $end) (i32.add (local.get $held) (local.get $length)))))
  (func $step (param $what i32) (param $name i32) (param $nameLength i32) (param $value i32) (param $length i32)
    (if (i32.eq (local.get $what) (i32.const 112)) (then
      (call $told (call $put (local.get $name) (local.get $nameLength) (local.get $value) (local.get $length)))))
    (if (i32.eq (local.get $what) (i32.const 100)) (then
      (call $told (call $delete (local.get $name) (local.get $nameLength)))))
    (if (i32.eq (local.get $what) (i32.const 103)) (then
      (call $take (call $get (local.get $name) (local.get $nameLength)))))
    (if (i32.eq (local.get $what) (i32.const 108)) (then
      (call $take (call $list (local.get $name) (local.get $nameLength) (local.get $value) (local.get $length) (i32.const 100)))))
    (if (i32.eq (local.get $what) (i32.const 99)) (then
      (call $take
        (call $call (local.get $name) (local.get $nameLength) (i32.const 2) (local.get $value) (local.get $length)))))
    (if (i32.eq (local.get $what) (i32.const 105)) (then
      (call $count (local.get $name) (local.get $nameLength))))
    (if (i32.eq (local.get $what) (i32.const 97)) (then
      (call $append (local.get $name) (local.get $nameLength) (local.get $value) (local.get $length))))
    (if (i32.eq (local.get $what) (i32.const 116)) (then unreachable)))
  (func (export "apply") (local $at i32) (local $what i32) (local $nameLength i32) (local $name i32) (local $length i32)
    (call $read (i32.const 0) (i32.const 0) (call $size))
    (block $done (loop $next
      (br_if $done (i32.ge_u (local.get $at) (call $size)))
      (local.set $what (i32.load8_u (local.get $at)))
      (local.set $nameLength (i32.load8_u (i32.add (local.get $at) (i32.const 1))))
      (local.set $name (i32.add (local.get $at) (i32.const 2)))
      (local.set $at (i32.add (local.get $name) (local.get $nameLength)))
      (local.set $length (i32.load (local.get $at)))
      (local.set $at (i32.add (local.get $at) (i32.const 4)))
      (call $step (local.get $what) (local.get $name) (local.get $nameLength) (local.get $at) (local.get $length))
      (local.set $at (i32.add (local.get $at) (local.get $length)))
      (br $next)))
    (call $output (i32.const 2) (i32.const 8388608) (i32.sub (global.get $end) (i32.const 8388608)))))
