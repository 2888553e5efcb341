;; Functions named outside of calls: in elements of every kind, globals, exports and ref.func.
;; {"call": "call", "arguments": [0], "result": "1"}
;; {"call": "call", "arguments": [1], "result": "2"}
;; {"call": "call", "arguments": [2], "result": "3"}
;; {"call": "call", "arguments": [3], "result": "2"}
;; {"call": "put", "arguments": [0], "result": "undefined"}
;; {"call": "call", "arguments": [0], "result": "3"}
;; {"call": "from-global", "arguments": [], "result": "2"}
;; {"call": "is-null", "arguments": [], "result": "1"}
;; {"call": "third", "arguments": [], "result": "3"}
;; {"call": "get", "arguments": [1], "result": "function"}
;; {"call": "extern", "arguments": [null], "result": "null"}
(module
  (import "env" "log-i32" (func (param i32)))
  (import "env" "other" (func $other (result i32)))
  (import "env" "global" (global $from i32))
  (type $constant (func (result i32)))
  (table $t (export "table") 6 funcref)
  (global $g (mut funcref) (ref.func $two))
  (elem (table $t) (offset (i32.const 0)) func $one $two)
  (elem (table $t) (i32.const 2) funcref (ref.func $three) (ref.func $two))
  (elem $passive funcref (ref.func $three) (ref.null func))
  (elem declare func $two)
  (func $one (result i32) (i32.const 1))
  (func $two (result i32) (i32.const 2))
  (func $three (export "third") (result i32) (i32.const 3))
  (func (export "call") (param i32) (result i32) (call_indirect $t (type $constant) (local.get 0)))
  (func (export "put") (param i32) (table.set $t (local.get 0) (ref.func $three)))
  (func (export "from-global") (result i32)
    (table.set $t (i32.const 5) (global.get $g)) (call_indirect $t (type $constant) (i32.const 5)))
  (func (export "is-null") (result i32) (ref.is_null (table.get $t (i32.const 4))))
  (func (export "get") (param i32) (result funcref) (table.get $t (local.get 0)))
  (func (export "extern") (param externref) (result externref) (local.get 0))
)
