;; Every way of branching. Each line that begins with ;; { is one call of the same instance, in order.
;; {"call": "abs", "arguments": [-5], "result": "5"}
;; {"call": "abs", "arguments": [5], "result": "5"}
;; {"call": "both", "arguments": [1], "result": "11"}
;; {"call": "both", "arguments": [0], "result": "22"}
;; {"call": "early", "arguments": [3], "result": "1"}
;; {"call": "early", "arguments": [30], "result": "2"}
;; {"call": "switch", "arguments": [0], "result": "100"}
;; {"call": "switch", "arguments": [1], "result": "101"}
;; {"call": "switch", "arguments": [2], "result": "102"}
;; {"call": "switch", "arguments": [99], "result": "103"}
;; {"call": "value-branch", "arguments": [1], "result": "7"}
;; {"call": "value-branch", "arguments": [0], "result": "9"}
;; {"call": "nested-exit", "arguments": [0], "result": "1"}
;; {"call": "nested-exit", "arguments": [1], "result": "2"}
;; {"call": "nested-exit", "arguments": [2], "result": "3"}
;; {"call": "function-label", "arguments": [0], "result": "5"}
;; {"call": "function-label", "arguments": [1], "result": "6"}
;; {"call": "function-table", "arguments": [0], "result": "8"}
;; {"call": "function-table", "arguments": [1], "trap": "divide by zero"}
;; {"call": "nothing", "arguments": [], "result": "undefined"}
;; {"call": "dead", "arguments": [], "result": "1"}
;; {"call": "typed-select", "arguments": [1], "result": "3"}
(module
  (func (export "abs") (param i32) (result i32)
    (if (i32.lt_s (local.get 0) (i32.const 0)) (then (return (i32.sub (i32.const 0) (local.get 0)))))
    (local.get 0))
  (func (export "both") (param i32) (result i32) (local i32)
    (if (local.get 0) (then (local.set 1 (i32.const 11))) (else (local.set 1 (i32.const 22)) (nop) (nop)))
    (local.get 1))
  (func (export "early") (param i32) (result i32)
    block
      (br_if 0 (i32.gt_s (local.get 0) (i32.const 10)))
      (return (i32.const 1))
    end
    i32.const 2)
  (func (export "switch") (param i32) (result i32)
    block block block block
      local.get 0
      br_table 0 1 2 3
    end
      i32.const 100 return
    end
      i32.const 101 return
    end
      i32.const 102 return
    end
    i32.const 103)
  (func (export "value-branch") (param i32) (result i32)
    (block (result i32) (i32.const 7) (local.get 0) (br_if 0) (drop) (i32.const 9)))
  (func (export "nested-exit") (param i32) (result i32) (local i32)
    block $outer
      block $middle
        block $inner
          (br_if $outer (i32.eqz (local.get 0)))
          (br_if $middle (i32.eq (local.get 0) (i32.const 1)))
        end
        (local.set 1 (i32.add (local.get 1) (i32.const 1)))
      end
      (local.set 1 (i32.add (local.get 1) (i32.const 1)))
    end
    (i32.add (local.get 1) (i32.const 1)))
  (func (export "function-label") (param i32) (result i32)
    (i32.const 6)
    (br_if 0 (local.get 0))
    (drop)
    (i32.const 5)
    (br 0))
  (func (export "function-table") (param i32) (result i32)
    block (result i32)
      (i32.const 8)
      (br_table 1 0 (i32.div_u (i32.const 0) (i32.sub (i32.const 1) (local.get 0))))
    end
    unreachable)
  (func (export "nothing"))
  (func (export "dead") (result i32)
    (if (i32.const 0) (then unreachable (loop (br 0)) (call 8)) (else (nop)))
    (return (i32.const 1))
    (block (loop (br_if 1 (i32.const 1)) (br 0)))
    unreachable)
  (func (export "typed-select") (param i32) (result i32)
    (select (result i32) (i32.const 3) (i32.const 4) (local.get 0)))
)
