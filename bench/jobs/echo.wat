;; The mapper of trivial tasks: answers the JSON that it gets.
(module
  (import "orcade" "input_size" (func $size (result i32)))
  (import "orcade" "input_read" (func $read (param i32 i32 i32)))
  (import "orcade" "output" (func $output (param i32 i32 i32)))
  (memory (export "memory") 1)
  (func (export "apply")
    (call $read (i32.const 0) (i32.const 0) (call $size))
    (call $output (i32.const 1) (i32.const 0) (call $size))))
