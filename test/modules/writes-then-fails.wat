;; Writes state, then traps: the write must vanish.
(module
  (import "orcade" "state_put" (func $put (param i32 i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "n\ff\ff\ff\ff")
  (func (export "apply")
    (call $put (i32.const 0) (i32.const 1) (i32.const 1) (i32.const 4))
    (unreachable)))
