;; Reads its input from an offset whose end wraps round to 4.
(module
  (import "orcade" "input_read" (func $read (param i32 i32 i32)))
  (memory (export "memory") 1)
  (func (export "apply")
    (call $read (i32.const 0) (i32.const -4) (i32.const 8))))
