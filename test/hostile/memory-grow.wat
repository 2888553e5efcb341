;; Grows its memory for ever, whatever it is told.
(module
  (memory (export "memory") 1)
  (func (export "apply")
    (loop $again (drop (memory.grow (i32.const 1))) (br $again))))
