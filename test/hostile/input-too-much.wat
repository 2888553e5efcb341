;; Reads one byte more than its input has.
(module
  (import "orcade" "input_read" (func $read (param i32 i32 i32)))
  (import "orcade" "input_size" (func $size (result i32)))
  (memory (export "memory") 1)
  (func (export "apply")
    (call $read (i32.const 0) (i32.const 0) (i32.add (call $size) (i32.const 1)))))
