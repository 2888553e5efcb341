;; Fills and copies 8 MiB at a time.
(module
  (memory (export "memory") 256 256)
  (func (export "apply") (local $i i32)
    (loop $again
      (memory.fill (i32.const 0) (local.get $i) (i32.const 0x800000))
      (memory.copy (i32.const 0x800000) (i32.const 0) (i32.const 0x800000))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br $again))))
