;; Looks at the clock until 1,000 years have passed.
;; => "reason":"FuelExhausted"
(module
  (import "wasi_snapshot_preview1" "clock_time_get" (func $c (param i32 i64 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "_start")
    (loop (drop (call $c (i32.const 1) (i64.const 0) (i32.const 0)))
      (br_if 0 (i64.lt_u (i64.load (i32.const 0)) (i64.const 0x7fffffffffffffff))))))
