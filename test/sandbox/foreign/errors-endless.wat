;; Writes to standard error for ever: only its end is kept, and the fuel runs out.
;; => "reason":"FuelExhausted"
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $w (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 2)
  (data (i32.const 0) "\00\00\01\00\00\00\01\00")
  (func (export "_start") (loop (drop (call $w (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 100))) (br 0))))
