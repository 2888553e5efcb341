;; Adds one to the little-endian u32 kept under "n" and answers the four bytes.
(module
  (import "orcade" "state_get" (func $get (param i32 i32) (result i32)))
  (import "orcade" "state_put" (func $put (param i32 i32 i32 i32)))
  (import "orcade" "answer_read" (func $answer (param i32 i32 i32)))
  (import "orcade" "output" (func $output (param i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "n")
  (func (export "apply")
    (if (i32.ge_s (call $get (i32.const 0) (i32.const 1)) (i32.const 0))
      (then (call $answer (i32.const 16) (i32.const 0) (i32.const 4))))
    (i32.store (i32.const 16) (i32.add (i32.load (i32.const 16)) (i32.const 1)))
    (call $put (i32.const 0) (i32.const 1) (i32.const 16) (i32.const 4))
    (call $output (i32.const 2) (i32.const 16) (i32.const 4))))
