;; So many vectors that no runtime takes them: an error number, not an end.
;; => 28
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $w (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "_start") (local $e i32)
    (local.set $e (call $w (i32.const 1) (i32.const 0) (i32.const -1) (i32.const 100)))
    (i32.store (i32.const 0) (i32.const 16)) (i32.store (i32.const 4) (i32.const 2))
    (i32.store8 (i32.const 16) (i32.add (i32.const 48) (i32.div_u (local.get $e) (i32.const 10))))
    (i32.store8 (i32.const 17) (i32.add (i32.const 48) (i32.rem_u (local.get $e) (i32.const 10))))
    (drop (call $w (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 100)))))
