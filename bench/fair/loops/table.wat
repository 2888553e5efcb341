;; A machine of four states by br_table.
(module
  (memory (export "memory") 1 1)
  (func (export "apply") (local $state i32)
    (loop $again
      (block $d (block $c (block $b (block $a
        (br_table $a $b $c $d (i32.and (local.get $state) (i32.const 3))))
        (local.set $state (i32.add (local.get $state) (i32.const 1)))
        (br $again))
        (local.set $state (i32.mul (local.get $state) (i32.const 3)))
        (br $again))
        (local.set $state (i32.xor (local.get $state) (i32.const 9)))
        (br $again))
      (local.set $state (i32.sub (local.get $state) (i32.const 2)))
      (br $again))))
