;; Multiplies and rotates vectors over memory.
(module
  (memory (export "memory") 1 1)
  (func (export "apply") (local $x v128) (local $at i32)
    (local.set $x (v128.const i32x4 1 2 3 4))
    (loop $again
      (local.set $x
        (i32x4.mul
          (i8x16.shuffle 4 5 6 7 8 9 10 11 12 13 14 15 0 1 2 3 (local.get $x) (local.get $x))
          (v128.load (local.get $at))))
      (v128.store (local.get $at) (i32x4.add (local.get $x) (v128.const i32x4 5 7 11 13)))
      (local.set $at (i32.and (i32.add (local.get $at) (i32.const 16)) (i32.const 0xfff0)))
      (br $again))))
