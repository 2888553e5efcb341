;; Arithmetic with immediates of every length, and its traps.
;; {"call": "wide", "arguments": ["9223372036854775807n"], "result": "-9223372036854775808n"}
;; {"call": "mix", "arguments": [3, "5n", 1.5, 2.5], "result": "29.5"}
;; {"call": "divide", "arguments": [7, 2], "result": "3"}
;; {"call": "divide", "arguments": [7, 0], "trap": "divide by zero"}
;; {"call": "divide", "arguments": [-2147483648, -1], "trap": "divide result unrepresentable"}
;; {"call": "remainder", "arguments": ["7n", "0n"], "trap": "remainder by zero"}
;; {"call": "truncate", "arguments": [1e30], "trap": "float unrepresentable in integer range"}
;; {"call": "saturate", "arguments": [1e30], "result": "2147483647"}
;; {"call": "not-a-number", "arguments": [], "result": "2143289344"}
;; {"call": "extend", "arguments": [255], "result": "-1"}
;; {"call": "root", "arguments": [2], "result": "1.4142135623730951"}
;; {"call": "globals", "arguments": [], "result": "9"}
;; {"call": "narrow", "arguments": [511], "result": "255"}
;; {"call": "beyond", "arguments": [65533], "trap": "memory access out of bounds"}
;; {"call": "beyond", "arguments": [65532], "result": "0"}
(module
  (memory 1)
  (global $counter (mut i32) (i32.const 4))
  (global $step i32 (i32.const 5))
  (func (export "wide") (param i64) (result i64) (i64.add (local.get 0) (i64.const 1)))
  (func (export "mix") (param i32 i64 f32 f64) (result f64) (local f64)
    (local.set 4 (f64.add (f64.convert_i32_s (local.get 0)) (f64.convert_i64_u (local.get 1))))
    (f64.add (f64.mul (local.get 4) (local.get 3)) (f64.mul (f64.promote_f32 (local.get 2)) (f64.const 6.333333333333333))))
  (func (export "divide") (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1)))
  (func (export "remainder") (param i64 i64) (result i64) (i64.rem_u (local.get 0) (local.get 1)))
  (func (export "truncate") (param f64) (result i32) (i32.trunc_f64_s (local.get 0)))
  (func (export "saturate") (param f64) (result i32) (i32.trunc_sat_f64_s (local.get 0)))
  (func (export "not-a-number") (result i32) (i32.reinterpret_f32 (f32.const nan)))
  (func (export "extend") (param i32) (result i32) (i32.extend8_s (local.get 0)))
  (func (export "root") (param f64) (result f64) (f64.sqrt (local.get 0)))
  (func (export "globals") (result i32)
    (global.set $counter (i32.add (global.get $counter) (global.get $step))) (global.get $counter))
  (func (export "narrow") (param i32) (result i32)
    (i32.store8 offset=65000 align=1 (i32.const 0) (local.get 0)) (i32.load8_u offset=65000 (i32.const 0)))
  (func (export "beyond") (param i32) (result i32) (i32.load (local.get 0)))
)
