;; Works for a while and traps.
(module
  (memory (export "memory") 1)
  (func (export "apply") (local $i i32)
    (loop $again
      (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 1000))))
    unreachable))
