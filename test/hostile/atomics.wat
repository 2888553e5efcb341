;; Uses an atomic instruction.
(module
  (memory (export "memory") 1 1 shared)
  (func (export "apply")
    (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1)))))
