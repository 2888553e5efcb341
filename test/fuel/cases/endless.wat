;; Loops that would run for 2^31 turns, of every shape. Not called by cases.test.ts but by host.test.ts, which lets each run
;; out of fuel: the stop must come at once.
;; {"call": "add", "arguments": [1], "result": "2"}
(module
  (memory 1)
  (type $step (func (param i32) (result i32)))
  (table funcref (elem $add))
  (func $add (export "add") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
  (func (export "foot") (local i32)
    (loop (br_if 0 (i32.ge_s (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 0)))))
  (func (export "head") (local i32)
    loop
      (i32.ge_s (local.get 0) (i32.const 0))
      if
        (local.set 0 (i32.add (local.get 0) (i32.const 1)))
        br 1
      end
    end)
  (func (export "exit") (local i32)
    block loop
      (br_if 1 (i32.lt_s (local.get 0) (i32.const 0)))
      (local.set 0 (i32.add (local.get 0) (i32.const 1)))
      br 0
    end end)
  (func (export "arms") (local i32)
    block $out loop $in
      (br_if $out (i32.lt_s (local.get 0) (i32.const 0)))
      (local.set 0 (i32.add (local.get 0) (i32.const 1)))
      (i32.and (local.get 0) (i32.const 1))
      if br $in else nop br $in end
    end end)
  (func (export "table") (local i32)
    block $out loop $in
      (local.set 0 (i32.add (local.get 0) (i32.const 1)))
      (br_table $in $out (i32.lt_s (local.get 0) (i32.const 0)))
    end end)
  (func (export "nested") (local i32 i32)
    loop $outer
      (local.set 1 (i32.const 10))
      loop $inner
        (br_if $inner (local.tee 1 (i32.sub (local.get 1) (i32.const 1))))
      end
      (i32.ge_s (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 0))
      if br $outer end
    end)
  (func (export "calling") (local i32)
    loop
      (br_if 0 (i32.ge_s (local.tee 0 (call $add (local.get 0))) (i32.const 0)))
    end)
  (func (export "indirect") (local i32)
    loop
      (local.set 0 (call_indirect (type $step) (local.get 0) (i32.const 0)))
      (i32.ge_s (local.get 0) (i32.const 0))
      if br 1 end
    end)
  (func $ping (param i32) (if (i32.ge_s (local.get 0) (i32.const 0)) (then (return_call $pong (i32.add (local.get 0) (i32.const 1))))))
  (func $pong (param i32) (return_call $ping (local.get 0)))
  (func (export "tail") (call $ping (i32.const 0)))
  (func (export "filling") (local i32)
    loop
      (memory.fill (i32.const 0) (i32.const 1) (i32.const 100))
      (br_if 0 (i32.ge_s (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 0)))
    end)
  (func $tree (param i32) (if (local.get 0)
    (then (call $tree (i32.sub (local.get 0) (i32.const 1))) (call $tree (i32.sub (local.get 0) (i32.const 1))))))
  (func (export "tree") (call $tree (i32.const 31)))
)
