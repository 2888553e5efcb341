;; Exports a function named then, as promises do.
(module
  (import "orcade" "output" (func $output (param i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "fine")
  (func (export "then") (unreachable))
  (func (export "toString") (unreachable))
  (func (export "__proto__") (unreachable))
  (func (export "apply")
    (call $output (i32.const 0) (i32.const 0) (i32.const 4))))
