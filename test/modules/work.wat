;; Runs as many turns of a loop as the little-endian u32 of its input says, then answers nothing.
(module
  (import "orcade" "input_read" (func $read (param i32 i32 i32)))
  (memory (export "memory") 1)
  (func (export "apply")
    (local $i i32)
    (call $read (i32.const 0) (i32.const 0) (i32.const 4))
    (local.set $i (i32.load (i32.const 0)))
    (block $done
      (loop $again
        (br_if $done (i32.eqz (local.get $i)))
        (local.set $i (i32.sub (local.get $i) (i32.const 1)))
        (br $again)))))
