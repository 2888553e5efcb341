;; As relay, but traps after its callee answered.
(module
  (import "orcade" "input_size" (func $size (result i32)))
  (import "orcade" "input_read" (func $read (param i32 i32 i32)))
  (import "orcade" "call" (func $call (param i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 2)
  (func (export "apply") (local $name i32)
    (call $read (i32.const 0) (i32.const 0) (call $size))
    (local.set $name (i32.load8_u (i32.const 0)))
    (drop
      (call $call (i32.const 1) (local.get $name) (i32.const 2)
        (i32.add (i32.const 1) (local.get $name))
        (i32.sub (i32.sub (call $size) (i32.const 1)) (local.get $name))))
    unreachable))
