;; Writes one byte far behind the end of a file: there is no room for it.
;; => 51
(module
  (import "wasi_snapshot_preview1" "path_open" (func $o (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_pwrite" (func $p (param i32 i32 i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $w (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 64) "f")
  (func (export "_start") (local $e i32)
    (i32.store (i32.const 0) (i32.const 16)) (i32.store (i32.const 4) (i32.const 2))
    (drop (call $o (i32.const 3) (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 1) (i64.const -1) (i64.const -1) (i32.const 0) (i32.const 32)))
    (local.set $e (call $p (i32.load (i32.const 32)) (i32.const 0) (i32.const 1) (i64.const 0x1000000000) (i32.const 100)))
    (i32.store8 (i32.const 16) (i32.add (i32.const 48) (i32.div_u (local.get $e) (i32.const 10))))
    (i32.store8 (i32.const 17) (i32.add (i32.const 48) (i32.rem_u (local.get $e) (i32.const 10))))
    (drop (call $w (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 100)))))
