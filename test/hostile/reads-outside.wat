;; Reads one byte past its memory.
(module
  (memory (export "memory") 1)
  (func (export "apply")
    (drop (i32.load8_u (i32.mul (memory.size) (i32.const 65536))))))
