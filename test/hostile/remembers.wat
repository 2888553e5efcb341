;; Counts its calls in a global and in memory: each call begins anew.
(module
  (import "orcade" "output" (func $output (param i32 i32 i32)))
  (memory (export "memory") 1)
  (global $calls (mut i32) (i32.const 48))
  (func (export "apply")
    (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
    (i32.store8 (i32.const 0) (i32.add (i32.load8_u (i32.const 0)) (global.get $calls)))
    (call $output (i32.const 0) (i32.const 0) (i32.const 1))))
