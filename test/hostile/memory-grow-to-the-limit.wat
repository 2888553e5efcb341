;; Grows to the 256 pages its manifest grants, and says whether a page more was held back.
(module
  (import "orcade" "output" (func $output (param i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "got more")
  (data (i32.const 16) "held")
  (func (export "apply")
    (drop (memory.grow (i32.sub (i32.const 256) (memory.size))))
    (if (i32.and (i32.eq (memory.size) (i32.const 256)) (i32.eq (memory.grow (i32.const 1)) (i32.const -1)))
      (then (call $output (i32.const 0) (i32.const 16) (i32.const 4)))
      (else (call $output (i32.const 0) (i32.const 0) (i32.const 8))))))
