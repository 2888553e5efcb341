;; Calls of every kind, by functions that imports and metering renumber.
;; {"call": "fib", "arguments": [15], "result": "610"}
;; {"call": "even", "arguments": [10], "result": "1"}
;; {"call": "indirect", "arguments": [0, 20], "result": "21"}
;; {"call": "indirect", "arguments": [1, 20], "result": "40"}
;; {"call": "indirect", "arguments": [2, 20], "trap": "null function or function signature mismatch"}
;; {"call": "indirect", "arguments": [3, 20], "trap": "null function or function signature mismatch"}
;; {"call": "indirect", "arguments": [9, 20], "trap": "table index is out of bounds"}
;; {"call": "host", "arguments": [4], "result": "4"}
;; {"call": "host-indirect", "arguments": [4], "result": "undefined"}
;; {"call": "count-down", "arguments": [100000], "result": "77"}
;; {"call": "count-down-indirect", "arguments": [100000], "result": "78"}
;; {"call": "tail-host", "arguments": [3], "result": "undefined"}
;; {"call": "swap-twice", "arguments": [1, 2], "result": "[1, 2n]"}
;; {"call": "deep", "arguments": [2000], "result": "2000"}
;; {"call": "trap-below", "arguments": [], "trap": "unreachable"}
(module
  (import "env" "log-i32" (func $log (param i32)))
  (type $unary (func (param i32) (result i32)))
  (type $procedure (func (param i32)))
  (table 8 funcref)
  (elem (i32.const 0) $increment $double $none)
  (elem (i32.const 4) $log $done $down)
  (func $increment (type $unary) (i32.add (local.get 0) (i32.const 1)))
  (func $double (type $unary) (i32.add (local.get 0) (local.get 0)))
  (func $none)
  (func $fib (export "fib") (type $unary)
    (if (result i32) (i32.lt_s (local.get 0) (i32.const 2))
      (then (local.get 0))
      (else (i32.add
        (call $fib (i32.sub (local.get 0) (i32.const 1)))
        (call $fib (i32.sub (local.get 0) (i32.const 2)))))))
  (func $even (export "even") (type $unary)
    (if (result i32) (local.get 0) (then (call $odd (i32.sub (local.get 0) (i32.const 1)))) (else (i32.const 1))))
  (func $odd (type $unary)
    (if (result i32) (local.get 0) (then (call $even (i32.sub (local.get 0) (i32.const 1)))) (else (i32.const 0))))
  (func (export "indirect") (param i32 i32) (result i32) (call_indirect (type $unary) (local.get 1) (local.get 0)))
  (func (export "host") (type $unary) (call $log (local.get 0)) (local.get 0))
  (func (export "host-indirect") (param i32) (call_indirect (type $procedure) (local.get 0) (i32.const 4)))
  (func $done (type $unary) (i32.const 78))
  (func $count (export "count-down") (type $unary)
    (if (i32.eqz (local.get 0)) (then (return (i32.const 77))))
    (return_call $count (i32.sub (local.get 0) (i32.const 1))))
  (func $down (export "count-down-indirect") (type $unary)
    (return_call_indirect (type $unary)
      (i32.sub (local.get 0) (i32.const 1))
      (select (i32.const 6) (i32.const 5) (local.get 0))))
  (func (export "tail-host") (param i32) (if (local.get 0) (then (nop)) (else (nop))) (return_call $log (local.get 0)))
  (func $swap (param i32 i64) (result i64 i32) (local.get 1) (local.get 0))
  (func (export "swap-twice") (param i32 i32) (result i32 i64)
    (call $swap (local.get 0) (i64.extend_i32_u (local.get 1)))
    (block (param i64 i32) (result i32 i64) (local.set 0) (i64.const 0) (drop) (local.set 1 (i32.wrap_i64))
      (local.get 0) (i64.extend_i32_u (local.get 1))))
  (func $deep (export "deep") (type $unary)
    (if (result i32) (local.get 0)
      (then (i32.add (i32.const 1) (call $deep (i32.sub (local.get 0) (i32.const 1)))))
      (else (i32.const 0))))
  (func $sink (call $sunk))
  (func $sunk unreachable)
  (func (export "trap-below") (call $sink) (call $none) (call $none))
)
