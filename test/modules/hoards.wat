;; A mapper of bytes: answers them as they are, keeps a MiB for each, and says of each that it is finished. Where there
;; is no more memory it is a trap; a `~` never ends.
(module
  (import "orcade" "input_size" (func $size (result i32)))
  (import "orcade" "input_read" (func $read (param i32 i32 i32)))
  (import "orcade" "output" (func $output (param i32 i32 i32)))
  (import "orcade" "job_done" (func $done (param i64 i32 i32 i32)))
  (memory (export "memory") 1)
  (func (export "apply")
    (local $i i32) (local $end i32)
    (local.set $end (call $size))
    (call $read (i32.const 0) (i32.const 0) (local.get $end))
    (block $over
      (loop $next
        (br_if $over (i32.ge_u (local.get $i) (local.get $end)))
        (if (i32.eq (i32.load8_u (local.get $i)) (i32.const 126)) (then (loop $ever (br $ever))))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (i32.store8 (i32.sub (i32.mul (local.get $i) (i32.const 1048576)) (i32.const 1)) (i32.const 1))
        (call $done (i64.extend_i32_u (local.get $i)) (i32.const 2) (i32.const 0) (local.get $i))
        (br $next)))
    (call $output (i32.const 2) (i32.const 0) (local.get $end))))
