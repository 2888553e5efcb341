;; 1,025 pages, one more than a manifest can grant.
(module
  (memory (export "memory") 1025)
  (func (export "apply")))
