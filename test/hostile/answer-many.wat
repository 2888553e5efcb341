;; Answers 10 MB a thousand times: only the last is kept.
(module
  (import "orcade" "output" (func $output (param i32 i32 i32)))
  (memory (export "memory") 256)
  (func (export "apply") (local $i i32)
    (loop $again
      (call $output (i32.const 2) (i32.const 0) (i32.const 10000000))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $again (i32.lt_u (local.get $i) (i32.const 1000))))
    (call $output (i32.const 0) (i32.const 0) (i32.const 0))))
