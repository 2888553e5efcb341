;; Calls another algorithm, as relay does, and answers how long its answer is (i32), and its first and last byte; or the JSON of the
;; error.
(module
  (import "orcade" "input_size" (func $size (result i32)))
  (import "orcade" "input_read" (func $read (param i32 i32 i32)))
  (import "orcade" "call" (func $call (param i32 i32 i32 i32 i32) (result i32)))
  (import "orcade" "answer_read" (func $answer (param i32 i32 i32)))
  (import "orcade" "output" (func $output (param i32 i32 i32)))
  (memory (export "memory") 2)
  (func (export "apply") (local $name i32) (local $length i32)
    (call $read (i32.const 0) (i32.const 0) (call $size))
    (local.set $name (i32.load8_u (i32.const 0)))
    (local.set $length
      (call $call (i32.const 1) (local.get $name) (i32.const 2)
        (i32.add (i32.const 1) (local.get $name))
        (i32.sub (i32.sub (call $size) (i32.const 1)) (local.get $name))))
    (if (i32.lt_s (local.get $length) (i32.const 0))
      (then
        (local.set $length (i32.sub (i32.const -1) (local.get $length)))
        (call $answer (i32.const 65536) (i32.const 0) (local.get $length))
        (call $output (i32.const 2) (i32.const 65536) (local.get $length))
        return))
    (i32.store (i32.const 65536) (local.get $length))
    (call $answer (i32.const 65540) (i32.const 0) (i32.const 1))
    (call $answer (i32.const 65541) (i32.sub (local.get $length) (i32.const 1)) (i32.const 1))
    (call $output (i32.const 2) (i32.const 65536) (i32.const 6))))
