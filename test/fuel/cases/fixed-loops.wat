;; Loops whose number of turns is known, paid at once; and such as look like it.
;; {"call": "four", "arguments": [], "result": "6"}
;; {"call": "none", "arguments": [], "result": "0"}
;; {"call": "once", "arguments": [], "result": "1"}
;; {"call": "down", "arguments": [], "result": "55"}
;; {"call": "inclusive", "arguments": [], "result": "5"}
;; {"call": "unsigned", "arguments": [], "result": "3"}
;; {"call": "around", "arguments": [], "result": "16"}
;; {"call": "by-three", "arguments": [], "result": "34"}
;; {"call": "not-last", "arguments": [5], "result": "5"}
;; {"call": "wide", "arguments": [], "result": "100"}
;; {"call": "long", "arguments": [], "result": "200000"}
;; {"call": "nested", "arguments": [9], "result": "36"}
;; {"call": "with-arms", "arguments": [], "result": "50"}
(module
  (func (export "four") (result i32) (local i32 i32)
    (local.set 0 (i32.const 0))
    (loop (if (i32.lt_s (local.get 0) (i32.const 4)) (then
      (local.set 1 (i32.add (local.get 1) (local.get 0))) (local.set 0 (i32.add (local.get 0) (i32.const 1))) (br 1))))
    (local.get 1))
  (func (export "none") (result i32) (local i32 i32)
    (nop) (block) (local.set 0 (i32.const 9))
    (block (loop (br_if 1 (i32.ge_s (local.get 0) (i32.const 4)))
      (local.set 1 (i32.const 1)) (local.set 0 (i32.add (local.get 0) (i32.const 1))) (br 0)))
    (local.get 1))
  (func (export "once") (result i32) (local i32 i32)
    (block) (local.set 0 (i32.const 9))
    (loop (local.set 1 (i32.add (local.get 1) (i32.const 1)))
      (br_if 0 (i32.lt_s (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 4))))
    (local.get 1))
  (func (export "down") (result i32) (local i32 i32)
    (block) (local.set 0 (i32.const 10))
    (loop (local.set 1 (i32.add (local.get 1) (local.get 0)))
      (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get 1))
  (func (export "inclusive") (result i32) (local i32 i32)
    (block) (local.set 0 (i32.const 2))
    (loop (if (i32.le_u (local.get 0) (i32.const 10)) (then
      (local.set 1 (i32.add (local.get 1) (i32.const 1))) (local.set 0 (i32.add (local.get 0) (i32.const 2))) (br 1))))
    (local.get 1))
  (func (export "unsigned") (result i32) (local i32 i32)
    (block) (local.set 0 (i32.const -4))
    (loop (if (i32.lt_u (local.get 0) (i32.const -1)) (then
      (local.set 1 (i32.add (local.get 1) (i32.const 1))) (local.set 0 (i32.add (local.get 0) (i32.const 1))) (br 1))))
    (local.get 1))
  (func (export "around") (result i32) (local i32 i32)
    (block) (local.set 0 (i32.const -8))
    (loop (if (i32.ne (local.get 0) (i32.const 8)) (then
      (local.set 1 (i32.add (local.get 1) (i32.const 1))) (local.set 0 (i32.add (local.get 0) (i32.const 1))) (br 1))))
    (local.get 1))
  (func (export "by-three") (result i32) (local i32 i32)
    (block) (local.set 0 (i32.const 0))
    (loop (if (i32.lt_u (local.get 0) (i32.const 100)) (then
      (local.set 1 (i32.add (local.get 1) (i32.const 1))) (local.set 0 (i32.add (local.get 0) (i32.const 3))) (br 1))))
    (local.get 1))
  ;; The constant is overwritten before the loop.
  (func (export "not-last") (param i32) (result i32) (local i32 i32)
    (block) (local.set 1 (i32.const 90)) (local.set 1 (i32.sub (i32.const 100) (local.get 0)))
    (loop (if (i32.lt_u (local.get 1) (i32.const 100)) (then
      (local.set 2 (i32.add (local.get 2) (i32.const 1))) (local.set 1 (i32.add (local.get 1) (i32.const 1))) (br 1))))
    (local.get 2))
  (func (export "wide") (result i32) (local i64 i32)
    (block) (local.set 0 (i64.const -50))
    (loop (if (i64.lt_s (local.get 0) (i64.const 50)) (then
      (local.set 1 (i32.add (local.get 1) (i32.const 1))) (local.set 0 (i64.add (local.get 0) (i64.const 1))) (br 1))))
    (local.get 1))
  (func (export "long") (result i32) (local i32 i32)
    (block) (local.set 0 (i32.const 0))
    (loop (if (i32.lt_u (local.get 0) (i32.const 200000)) (then
      (local.set 1 (i32.add (local.get 1) (i32.const 1))) (local.set 0 (i32.add (local.get 0) (i32.const 1))) (br 1))))
    (local.get 1))
  (func (export "nested") (param i32) (result i32) (local i32 i32)
    (loop (if (local.get 0) (then
      (local.set 1 (i32.const 0))
      (loop (if (i32.lt_s (local.get 1) (i32.const 4)) (then
        (local.set 2 (i32.add (local.get 2) (i32.const 1))) (local.set 1 (i32.add (local.get 1) (i32.const 1))) (br 1))))
      (local.set 0 (i32.sub (local.get 0) (i32.const 1))) (br 1))))
    (local.get 2))
  (func (export "with-arms") (result i32) (local i32 i32)
    (block) (local.set 0 (i32.const 0))
    (loop (if (i32.lt_u (local.get 0) (i32.const 100)) (then
      (if (i32.and (local.get 0) (i32.const 1)) (then (local.set 1 (i32.add (local.get 1) (i32.const 1)))))
      (local.set 0 (i32.add (local.get 0) (i32.const 1))) (br 1))))
    (local.get 1))
)
