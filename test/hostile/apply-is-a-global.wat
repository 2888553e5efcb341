;; apply is a global.
(module
  (memory (export "memory") 1)
  (global (export "apply") i32 (i32.const 0)))
