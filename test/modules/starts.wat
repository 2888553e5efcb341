;; Its start function runs as many turns of a loop as a constant says, which tests overwrite; apply does nothing.
(module
  (memory (export "memory") 1)
  (func $start
    (local $i i32)
    (local.set $i (i32.const 0x7abbccdd))
    (loop $again
      (br_if $again (local.tee $i (i32.sub (local.get $i) (i32.const 1))))))
  (func (export "apply"))
  (start $start))
