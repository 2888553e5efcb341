;; Logs its input as a line and "done" as a warning; an input of one byte makes it trap then, else it answers "ok".
(module
  (import "orcade" "input_size" (func $size (result i32)))
  (import "orcade" "input_read" (func $read (param i32 i32 i32)))
  (import "orcade" "log" (func $log (param i32 i32 i32)))
  (import "orcade" "output" (func $output (param i32 i32 i32)))
  (memory (export "memory") 2)
  (data (i32.const 0) "doneok")
  (func (export "apply")
    (call $read (i32.const 8) (i32.const 0) (call $size))
    (call $log (i32.const 1) (i32.const 8) (call $size))
    (call $log (i32.const 2) (i32.const 0) (i32.const 4))
    (if (i32.eq (call $size) (i32.const 1)) (then unreachable))
    (call $output (i32.const 0) (i32.const 4) (i32.const 2))))
