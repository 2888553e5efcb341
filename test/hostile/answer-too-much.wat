;; Reads one byte more than the answer buffer has.
(module
  (import "orcade" "state_put" (func $put (param i32 i32 i32 i32)))
  (import "orcade" "state_get" (func $get (param i32 i32) (result i32)))
  (import "orcade" "answer_read" (func $answer (param i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "kvv")
  (func (export "apply")
    (call $put (i32.const 0) (i32.const 1) (i32.const 1) (i32.const 2))
    (drop (call $get (i32.const 0) (i32.const 1)))
    (call $answer (i32.const 16) (i32.const 0) (i32.const 3))))
