;; Asks for all 65,535 pages at once, and says whether it got them.
(module
  (import "orcade" "output" (func $output (param i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "got them")
  (data (i32.const 16) "held")
  (func (export "apply")
    (if (i32.eq (memory.grow (i32.const 65535)) (i32.const -1))
      (then (call $output (i32.const 0) (i32.const 16) (i32.const 4)))
      (else (call $output (i32.const 0) (i32.const 0) (i32.const 8))))))
