;; A reducer that puts answers behind one another: associative, and order shows. Its input is, for each, a length (u32) and
;; the bytes.
(module
  (import "orcade" "input_size" (func $size (result i32)))
  (import "orcade" "input_read" (func $read (param i32 i32 i32)))
  (import "orcade" "output" (func $output (param i32 i32 i32)))
  (memory (export "memory") 256)
  (func (export "apply")
    (local $at i32) (local $to i32) (local $end i32) (local $length i32)
    (local.set $end (call $size))
    (call $read (i32.const 0) (i32.const 0) (local.get $end))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $length (i32.load (local.get $at)))
        (memory.copy (local.get $to) (i32.add (local.get $at) (i32.const 4)) (local.get $length))
        (local.set $to (i32.add (local.get $to) (local.get $length)))
        (local.set $at (i32.add (i32.add (local.get $at) (i32.const 4)) (local.get $length)))
        (br $next)))
    (call $output (i32.const 2) (i32.const 0) (local.get $to))))
