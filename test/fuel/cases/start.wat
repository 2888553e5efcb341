;; A start function pays before anything is called; the names hold what only bytes can tell apart.
;; {"call": "get", "arguments": [], "result": "5050"}
;; {"call": "﻿get", "arguments": [], "result": "1"}
(module
  (import "env" "log-i32" (func $log (param i32)))
  (global $sum (mut i32) (i32.const 0))
  (func $start (local i32)
    (local.set 0 (i32.const 100))
    loop
      (global.set $sum (i32.add (global.get $sum) (local.get 0)))
      (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))
    end
    (call $log (global.get $sum)))
  (start $start)
  (func (export "get") (result i32) (global.get $sum))
  (func (export "\ef\bb\bfget") (result i32) (i32.const 1))
)
