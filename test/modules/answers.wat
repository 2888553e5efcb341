;; Answers with as many bytes of its memory as the little-endian u32 of its input says; the first and the last are 1 and 2.
(module
  (import "orcade" "input_read" (func $read (param i32 i32 i32)))
  (import "orcade" "output" (func $output (param i32 i32 i32)))
  (memory (export "memory") 256)
  (func (export "apply") (local $size i32)
    (call $read (i32.const 0) (i32.const 0) (i32.const 4))
    (local.set $size (i32.load (i32.const 0)))
    (i32.store8 (i32.const 65536) (i32.const 1))
    (i32.store8 (i32.add (i32.const 65535) (local.get $size)) (i32.const 2))
    (call $output (i32.const 2) (i32.const 65536) (local.get $size))))
