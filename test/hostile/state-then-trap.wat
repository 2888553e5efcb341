;; Writes state, then traps: nothing is written.
(module
  (import "orcade" "state_put" (func $put (param i32 i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "kv")
  (func (export "apply")
    (call $put (i32.const 0) (i32.const 1) (i32.const 1) (i32.const 1))
    (unreachable)))
