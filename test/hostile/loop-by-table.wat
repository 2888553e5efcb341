;; Goes round a full table by call_indirect for ever.
(module
  (memory (export "memory") 1)
  (type $step (func (param i32)))
  (table 64 64 funcref)
  (elem (i32.const 0) $hop $hop $hop $hop $hop $hop $hop $hop $hop $hop $hop $hop $hop $hop $hop $hop $hop $hop $hop $hop $hop $hop $hop $hop $hop $hop $hop $hop $hop $hop $hop $hop $hop $hop $hop $hop $hop $hop $hop $hop $hop $hop $hop $hop $hop $hop $hop $hop $hop $hop $hop $hop $hop $hop $hop $hop $hop $hop $hop $hop $hop $hop $hop $hop)
  (func $hop (param $i i32))
  (func (export "apply") (local $i i32)
    (loop $again
      (call_indirect (type $step) (local.get $i) (i32.and (local.get $i) (i32.const 63)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br $again))))
