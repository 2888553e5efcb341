;; Its start function reads state, of which there is none while a module is tried.
(module
  (import "orcade" "state_get" (func $get (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func $start (drop (call $get (i32.const 0) (i32.const 1))))
  (start $start)
  (func (export "apply")))
