;; Puts a state value that begins inside its own key, and reads the answer over that key.
(module
  (import "orcade" "state_put" (func $put (param i32 i32 i32 i32)))
  (import "orcade" "state_get" (func $get (param i32 i32) (result i32)))
  (import "orcade" "answer_read" (func $answer (param i32 i32 i32)))
  (import "orcade" "output" (func $output (param i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "abcdefghijkl")
  (func (export "apply")
    (call $put (i32.const 0) (i32.const 8) (i32.const 4) (i32.const 8))
    (call $answer (i32.const 2) (i32.const 0) (call $get (i32.const 0) (i32.const 8)))
    (call $output (i32.const 0) (i32.const 0) (i32.const 12))))
