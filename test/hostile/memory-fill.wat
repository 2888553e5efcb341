;; Fills all its memory for ever.
(module
  (memory (export "memory") 256)
  (func (export "apply") (local $i i32)
    (loop $again (memory.fill (i32.const 0) (local.get $i) (i32.const 16777216)) (br $again))))
