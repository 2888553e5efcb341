;; Leaves marks of itself in its memory and in a global, and answers with how many it found, its own included: 1 in a fresh
;; instance. Traps, after leaving them, where its input begins with "t".
(module
  (import "orcade" "input_size" (func $size (result i32)))
  (import "orcade" "input_read" (func $read (param i32 i32 i32)))
  (import "orcade" "output" (func $output (param i32 i32 i32)))
  (memory (export "memory") 1)
  (global $marks (mut i32) (i32.const 0))
  (func (export "apply")
    (call $read (i32.const 16) (i32.const 0) (call $size))
    (global.set $marks (i32.add (global.get $marks) (i32.const 1)))
    (i32.store8 (i32.const 0) (i32.add (i32.load8_u (i32.const 0)) (i32.const 1)))
    (if (i32.eq (i32.load8_u (i32.const 16)) (i32.const 116)) (then unreachable))
    (if (i32.ne (i32.load8_u (i32.const 0)) (global.get $marks)) (then unreachable))
    (call $output (i32.const 2) (i32.const 0) (i32.const 1))))
