;; What works by length: memory and table operations, growing, segments; and those that fail without any work.
;; {"call": "grow", "arguments": [1], "result": "1"}
;; {"call": "grow", "arguments": [0], "result": "2"}
;; {"call": "grow", "arguments": [100], "result": "-1"}
;; {"call": "grow", "arguments": [-1], "result": "-1"}
;; {"call": "fill", "arguments": [16, 170, 1000], "result": "undefined"}
;; {"call": "load", "arguments": [1015], "result": "170"}
;; {"call": "load", "arguments": [1016], "result": "0"}
;; {"call": "copy", "arguments": [40000, 16, 1000], "result": "undefined"}
;; {"call": "load", "arguments": [40999], "result": "170"}
;; {"call": "fill", "arguments": [0, 1, -1], "trap": "memory access out of bounds"}
;; {"call": "copy", "arguments": [131072, 0, 0], "result": "undefined"}
;; {"call": "copy", "arguments": [131073, 0, 0], "trap": "memory access out of bounds"}
;; {"call": "init", "arguments": [500, 1, 3], "result": "undefined"}
;; {"call": "load", "arguments": [500], "result": "101"}
;; {"call": "init", "arguments": [500, 1, 30], "trap": "memory access out of bounds"}
;; {"call": "drop", "arguments": [], "result": "undefined"}
;; {"call": "init", "arguments": [500, 0, 1], "trap": "memory access out of bounds"}
;; {"call": "table-grow", "arguments": [3], "result": "10"}
;; {"call": "table-grow", "arguments": [3000], "result": "-1"}
;; {"call": "table-size", "arguments": [], "result": "13"}
;; {"call": "table-fill", "arguments": [2, 5], "result": "undefined"}
;; {"call": "table-fill", "arguments": [2, -1], "trap": "table index is out of bounds"}
;; {"call": "table-copy", "arguments": [1, 0, 3], "result": "undefined"}
;; {"call": "table-init", "arguments": [1, 0, 2], "result": "undefined"}
;; {"call": "table-init", "arguments": [1, 0, 20], "trap": "table index is out of bounds"}
;; {"call": "drop-elements", "arguments": [], "result": "undefined"}
;; {"call": "many", "arguments": [50], "result": "undefined"}
(module
  (memory (export "memory") 1 3)
  (data $hello "hello")
  (data (i32.const 8) "placed")
  (table $first 4 8 funcref)
  (table $second 10 20 externref)
  (elem $functions func $f $f)
  (func $f)
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
  (func (export "fill") (param i32 i32 i32) (memory.fill (local.get 0) (local.get 1) (local.get 2)))
  (func (export "copy") (param i32 i32 i32) (memory.copy (local.get 0) (local.get 1) (local.get 2)))
  (func (export "init") (param i32 i32 i32) (memory.init $hello (local.get 0) (local.get 1) (local.get 2)))
  (func (export "drop") (data.drop $hello))
  (func (export "load") (param i32) (result i32) (i32.load8_u (local.get 0)))
  (func (export "table-grow") (param i32) (result i32) (table.grow $second (ref.null extern) (local.get 0)))
  (func (export "table-size") (result i32) (table.size $second))
  (func (export "table-fill") (param i32 i32) (table.fill $second (local.get 0) (ref.null extern) (local.get 1)))
  (func (export "table-copy") (param i32 i32 i32) (table.copy $first $first (local.get 0) (local.get 1) (local.get 2)))
  (func (export "table-init") (param i32 i32 i32) (table.init $first $functions (local.get 0) (local.get 1) (local.get 2)))
  (func (export "drop-elements") (elem.drop $functions))
  (func (export "many") (param i32)
    loop
      (memory.fill (i32.const 0) (local.get 0) (i32.mul (local.get 0) (i32.const 100)))
      (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))
    end)
)
