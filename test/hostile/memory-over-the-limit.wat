;; 257 pages, where its manifest grants 256.
(module
  (memory (export "memory") 257)
  (func (export "apply")))
