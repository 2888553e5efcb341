;; Says that it has done a quarter, and goes on for ever.
(module
  (import "orcade" "progress" (func $progress (param f64 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "a quarter")
  (func (export "apply")
    (call $progress (f64.const 0.25) (i32.const 0) (i32.const 9))
    (loop $on (br $on))))
