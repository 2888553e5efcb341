;; Asks for as much chance as there is memory, for ever.
;; => "reason":"FuelExhausted"
(module
  (import "wasi_snapshot_preview1" "random_get" (func $r (param i32 i32) (result i32)))
  (memory (export "memory") 16)
  (func (export "_start") (loop (drop (call $r (i32.const 0) (i32.const 1048576))) (br 0))))
