;; Reads -1 bytes of its input.
(module
  (import "orcade" "input_read" (func $read (param i32 i32 i32)))
  (memory (export "memory") 1)
  (func (export "apply")
    (call $read (i32.const 0) (i32.const 0) (i32.const -1))))
