;; Ends itself well, deep inside, after an answer.
;; => ok
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $w (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $x (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\08\00\00\00\02\00\00\00ok")
  (func $deep (param i32) (if (i32.eqz (local.get 0)) (then (call $x (i32.const 0)))) (call $deep (i32.sub (local.get 0) (i32.const 1))))
  (func (export "_start") (drop (call $w (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 100))) (call $deep (i32.const 50)) (unreachable)))
