;; Uses a state key outside its memory.
(module
  (import "orcade" "state_get" (func $get (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "apply")
    (drop (call $get (i32.const -1) (i32.const 4)))))
