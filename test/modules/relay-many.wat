;; As relay, but calls so many times (the first four bytes of the input, little-endian) and answers what came back last.
(module
  (import "orcade" "input_size" (func $size (result i32)))
  (import "orcade" "input_read" (func $read (param i32 i32 i32)))
  (import "orcade" "call" (func $call (param i32 i32 i32 i32 i32) (result i32)))
  (import "orcade" "answer_read" (func $answer (param i32 i32 i32)))
  (import "orcade" "output" (func $output (param i32 i32 i32)))
  (memory (export "memory") 2)
  (func (export "apply") (local $left i32) (local $name i32) (local $length i32)
    (call $read (i32.const 0) (i32.const 0) (call $size))
    (local.set $left (i32.load (i32.const 0)))
    (local.set $name (i32.load8_u (i32.const 4)))
    (loop $again
      (local.set $length
        (call $call (i32.const 5) (local.get $name) (i32.const 2)
          (i32.add (i32.const 5) (local.get $name))
          (i32.sub (i32.sub (call $size) (i32.const 5)) (local.get $name))))
      (local.set $left (i32.sub (local.get $left) (i32.const 1)))
      (br_if $again (local.get $left)))
    (if (i32.lt_s (local.get $length) (i32.const 0))
      (then (local.set $length (i32.sub (i32.const -1) (local.get $length)))))
    (call $answer (i32.const 65536) (i32.const 0) (local.get $length))
    (call $output (i32.const 2) (i32.const 65536) (local.get $length))))
