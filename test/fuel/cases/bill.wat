;; Pins the bill of cost table orcade-2: whoever changes one of these figures needs a new identifier.
;; {"call": "nothing", "arguments": [], "result": "undefined", "fuel": 1}
;; {"call": "sum", "arguments": [1000], "result": "499500", "fuel": 2004}
;; {"call": "divide", "arguments": [7, 2], "result": "3", "fuel": 6}
;; {"call": "fill", "arguments": [65536], "result": "undefined", "fuel": 4118}
;; {"call": "grow", "arguments": [2], "result": "1", "fuel": 34770}
;; {"call": "call", "arguments": [], "result": "undefined", "fuel": 4}
;; {"call": "indirect", "arguments": [], "result": "undefined", "fuel": 7}
(module
  (memory 1)
  (table 1 funcref)
  (elem (i32.const 0) $nothing)
  (func $nothing (export "nothing"))
  (func (export "sum") (param i32) (result i32) (local i32 i32)
    loop
      (i32.lt_u (local.get 1) (local.get 0))
      if
        (local.set 2 (i32.add (local.get 2) (local.get 1)))
        (local.set 1 (i32.add (local.get 1) (i32.const 1)))
        br 1
      end
    end
    local.get 2)
  (func (export "divide") (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1)))
  (func (export "fill") (param i32) (memory.fill (i32.const 0) (i32.const 1) (local.get 0)))
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
  (func (export "call") (call $nothing))
  (func (export "indirect") (call_indirect (i32.const 0)))
)
