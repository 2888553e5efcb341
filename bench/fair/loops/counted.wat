;; Counts to 2^63: a loop whose end is known and does not come.
(module
  (memory (export "memory") 1 1)
  (func (export "apply") (local $i i64)
    (loop $again
      (local.set $i (i64.add (local.get $i) (i64.const 1)))
      (br_if $again (i64.lt_u (local.get $i) (i64.const 0x8000000000000000))))))
