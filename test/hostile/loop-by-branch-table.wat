;; Jumps back through a branch table for ever.
(module
  (memory (export "memory") 1)
  (func (export "apply") (local $i i32)
    (loop $a
      (loop $b
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br_table $a $b $a (i32.and (local.get $i) (i32.const 3)))))))
