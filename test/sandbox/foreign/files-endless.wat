;; Opens files for ever: at most 256 at once, and the loop ends at the first refusal (errno 33, mfile).
;; => 33
(module
  (import "wasi_snapshot_preview1" "path_open" (func $o (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $w (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 64) "f")
  (func (export "_start") (local $e i32)
    (i32.store (i32.const 0) (i32.const 16)) (i32.store (i32.const 4) (i32.const 2))
    (loop
      (local.set $e (call $o (i32.const 3) (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 1) (i64.const -1) (i64.const -1) (i32.const 0) (i32.const 32)))
      (br_if 0 (i32.eqz (local.get $e))))
    (i32.store8 (i32.const 16) (i32.add (i32.const 48) (i32.div_u (local.get $e) (i32.const 10))))
    (i32.store8 (i32.const 17) (i32.add (i32.const 48) (i32.rem_u (local.get $e) (i32.const 10))))
    (drop (call $w (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 100)))))
