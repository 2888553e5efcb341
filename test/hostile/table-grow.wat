;; Grows a table for ever: each entry is 8 bytes outside the memory that is counted.
(module
  (memory (export "memory") 1)
  (table $t 1 funcref)
  (func (export "apply")
    (loop $again (drop (table.grow $t (ref.null func) (i32.const 100000))) (br $again))))
