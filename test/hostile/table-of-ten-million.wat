;; A table of 10,000,000 entries: 80 MB outside the memory that is counted.
(module
  (memory (export "memory") 1)
  (table 10000000 funcref)
  (func (export "apply")))
