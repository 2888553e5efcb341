;; Nothing can name a function from outside: tables hold functions that carry the counter.
;; {"call": "even", "arguments": [200001], "result": "0"}
;; {"call": "by-reference", "arguments": [41], "result": "42"}
;; {"call": "wrong-type", "arguments": [], "trap": "null function or function signature mismatch"}
;; {"call": "beyond", "arguments": [9], "trap": "table index is out of bounds"}
;; {"call": "null", "arguments": [], "trap": "null function or function signature mismatch"}
;; {"call": "kept", "arguments": [], "result": "43"}
;; {"call": "dead", "arguments": [3], "result": "3"}
;; {"call": "passed", "arguments": [10], "result": "55"}
;; {"call": "second", "arguments": [1, 2.5, 3, 4], "result": "3"}
;; {"call": "nested-exits", "arguments": [7], "result": "21"}
(module
  (type $one (func (param i32) (result i32)))
  (table 6 funcref)
  (global $kept (mut funcref) (ref.func $increment))
  (elem (i32.const 0) $even $odd)
  (func $even (export "even") (param i32) (result i32)
    (if (i32.eqz (local.get 0)) (then (return (i32.const 1))))
    (return_call_indirect (type $one) (i32.sub (local.get 0) (i32.const 1)) (i32.const 1)))
  (func $odd (param i32) (result i32)
    (if (i32.eqz (local.get 0)) (then (return (i32.const 0))))
    (return_call_indirect (type $one) (i32.sub (local.get 0) (i32.const 1)) (i32.const 0)))
  ;; Declared for ref.func by nothing but its export.
  (func $increment (export "increment") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
  (func (export "by-reference") (param i32) (result i32)
    (table.set (i32.const 2) (ref.func $increment))
    (call_indirect (type $one) (local.get 0) (i32.const 2)))
  (func (export "wrong-type") (result i32) (call_indirect (result i32) (i32.const 0)))
  (func (export "beyond") (param i32) (result i32) (call_indirect (type $one) (i32.const 0) (local.get 0)))
  (func (export "null") (result i32) (call_indirect (type $one) (i32.const 0) (i32.const 5)))
  (func (export "kept") (result i32)
    (table.set (i32.const 3) (global.get $kept))
    (call_indirect (type $one) (i32.const 42) (i32.const 3)))
  ;; Calls that are never reached must still type.
  (func (export "dead") (param i32) (result i32)
    (if (local.get 0) (then (return (local.get 0))))
    (unreachable)
    (call $increment) (call_indirect (type $one) (i32.const 0)) (drop)
    (loop (br_if 0 (i32.const 1)))
    (i32.const 1) (return_call $increment))
  (func $sum (param i32 i32) (result i32)
    (if (result i32) (local.get 0)
      (then (return_call $sum (i32.sub (local.get 0) (i32.const 1)) (i32.add (local.get 1) (local.get 0))))
      (else (local.get 1))))
  (func (export "passed") (param i32) (result i32) (call $sum (local.get 0) (i32.const 0)))
  ;; The first of several locals of several types gives its place to the counter.
  (func (export "second") (param i32 f64 i32 i32) (result i32) (local f32 i32 i32 i64)
    (local.set 4 (f32.const 1.5))
    (local.set 7 (i64.const 9))
    (local.set 5 (i32.trunc_f32_s (f32.add (local.get 4) (local.get 4))))
    (drop (local.tee 4 (f32.add (local.get 4) (f32.convert_i64_s (local.get 7)))))
    (drop (call $increment (i32.trunc_f32_s (local.get 4))))
    (local.get 5))
  (func (export "nested-exits") (param i32) (result i32) (local i32 i32)
    (block $out
      (loop $next
        (if (i32.lt_u (local.get 1) (local.get 0))
          (then
            (block $skip
              (br_if $skip (i32.eq (local.get 1) (i32.const 99)))
              (local.set 2 (i32.add (local.get 2) (local.get 1)))
              (br_if $out (i32.gt_u (local.get 2) (i32.const 1000))))
            (local.set 1 (i32.add (local.get 1) (i32.const 1)))
            (br_if $out (i32.eq (local.get 1) (i32.const 100)))
            (br $next)))))
    (local.get 2))
)
