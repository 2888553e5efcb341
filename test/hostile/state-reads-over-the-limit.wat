;; 1,001 reads of state.
(module
  (import "orcade" "state_get" (func $get (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "k")
  (func (export "apply") (local $i i32)
    (loop $again
      (drop (call $get (i32.const 0) (i32.const 1)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $again (i32.lt_u (local.get $i) (i32.const 1001))))))
