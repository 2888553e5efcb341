;; A table that the host may reach: references are to wrappers, tail calls through it and to imports stay tail calls.
;; {"call": "even", "arguments": [200001], "result": "0"}
;; {"call": "odd", "arguments": [150001], "result": "1"}
;; {"call": "direct", "arguments": [100000], "result": "7"}
;; {"call": "through", "arguments": [5], "result": "120"}
;; {"call": "to-import", "arguments": [3], "result": "0"}
;; {"call": "through-import", "arguments": [3], "result": "0"}
;; {"call": "two", "arguments": [4], "result": "[4, 5]"}
;; {"call": "same", "arguments": [], "result": "1"}
;; {"call": "branch-out", "arguments": [0], "result": "[1, 20]"}
;; {"call": "branch-out", "arguments": [1], "result": "[2, 20]"}
;; {"call": "branch-out", "arguments": [2], "result": "[3, 30]"}
;; {"call": "after-trap", "arguments": [0], "trap": "divide by zero"}
;; {"call": "after-trap", "arguments": [5], "result": "20"}
;; {"call": "wrong-type", "arguments": [], "trap": "null function or function signature mismatch"}
(module
  (type $one (func (param i32) (result i32)))
  (import "env" "given" (func $given (param i32) (result i32)))
  (table (export "table") 8 funcref)
  (elem (i32.const 0) $even $odd $fac $given $pair)
  (elem declare func $direct)
  (func $even (export "even") (param i32) (result i32)
    (if (i32.eqz (local.get 0)) (then (return (i32.const 1))))
    (return_call_indirect (type $one) (i32.sub (local.get 0) (i32.const 1)) (i32.const 1)))
  (func $odd (export "odd") (param i32) (result i32)
    (if (i32.eqz (local.get 0)) (then (return (i32.const 0))))
    (return_call $even (i32.sub (local.get 0) (i32.const 1))))
  (func $direct (export "direct") (param i32) (result i32)
    (if (i32.eqz (local.get 0)) (then (return (i32.const 7))))
    (return_call $direct (i32.sub (local.get 0) (i32.const 1))))
  (func $fac (param i32) (result i32)
    (if (result i32) (i32.eqz (local.get 0)) (then (i32.const 1))
      (else (i32.mul (local.get 0)
        (call_indirect (type $one) (i32.sub (local.get 0) (i32.const 1)) (i32.const 2))))))
  (func (export "through") (param i32) (result i32) (call_indirect (type $one) (local.get 0) (i32.const 2)))
  (func (export "to-import") (param i32) (result i32) (return_call $given (local.get 0)))
  (func (export "through-import") (param i32) (result i32) (call_indirect (type $one) (local.get 0) (i32.const 3)))
  (func $pair (param i32) (result i32 i32) (local.get 0) (i32.add (local.get 0) (i32.const 1)))
  (func (export "two") (param i32) (result i32 i32) (return_call $pair (local.get 0)))
  ;; A reference is one and the same however it is come by.
  (func (export "same") (result i32)
    (table.set (i32.const 6) (ref.func $direct))
    (call_indirect (type $one) (i32.const 0) (i32.const 6))
    (i32.const 7) (i32.eq))
  (func (export "branch-out") (param i32) (result i32 i32) (local i64)
    (local.set 1 (i64.const 9))
    (i32.const 1) (i32.const 20)
    (br_if 0 (i32.eqz (local.get 0)))
    (drop) (drop)
    (block (result i32)
      (i32.const 2) (i32.const 20)
      (br_if 1 (i32.eq (local.get 0) (i32.const 1)))
      (drop))
    (drop)
    (i32.const 3) (i32.const 30)
    (br_table 0 0 (local.get 0)))
  (func (export "after-trap") (param i32) (result i32) (i32.div_u (i32.const 100) (call $fac-of (local.get 0))))
  (func $fac-of (param i32) (result i32) (local.get 0))
  (func (export "wrong-type") (result i32) (call_indirect (result i32) (i32.const 0)))
)
