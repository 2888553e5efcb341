;; 16 MiB and one byte of state writes.
(module
  (import "orcade" "state_put" (func $put (param i32 i32 i32 i32)))
  (memory (export "memory") 256)
  (func (export "apply") (local $i i32)
    (loop $again
      (i32.store8 (i32.const 0) (local.get $i))
      (call $put (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 1048576))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $again (i32.lt_u (local.get $i) (i32.const 15))))
    (call $put (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 1048561))))
