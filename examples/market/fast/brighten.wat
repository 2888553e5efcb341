;; Adds 32 to each byte of an image, 255 at most: sixteen bytes at a time.
(module
  (import "orcade" "input_size" (func $size (result i32)))
  (import "orcade" "input_read" (func $read (param i32 i32 i32)))
  (import "orcade" "output" (func $output (param i32 i32 i32)))
  (memory (export "memory") 256)
  (func (export "apply") (local $at i32) (local $length i32)
    (local.set $length (call $size))
    (call $read (i32.const 0) (i32.const 0) (local.get $length))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $length)))
        (v128.store (local.get $at)
          (i8x16.add_sat_u (v128.load (local.get $at)) (i8x16.splat (i32.const 32))))
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (br $next)))
    (call $output (i32.const 2) (i32.const 0) (local.get $length))))
