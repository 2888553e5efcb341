;; Deletes a state key for ever.
(module
  (import "orcade" "state_delete" (func $delete (param i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "k")
  (func (export "apply") (local $i i32)
    (loop $again
      (call $delete (i32.const 0) (i32.const 1))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $again (i32.lt_u (local.get $i) (i32.const 4294967295))))))
