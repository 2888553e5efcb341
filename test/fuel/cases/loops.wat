;; Loops of every shape: the head tested, the foot tested, both, none; continued by br, br_if and br_table; nested.
;; {"call": "while", "arguments": [0], "result": "0"}
;; {"call": "while", "arguments": [10], "result": "45"}
;; {"call": "do-while", "arguments": [1], "result": "1"}
;; {"call": "do-while", "arguments": [10], "result": "55"}
;; {"call": "while-not", "arguments": [10], "result": "45"}
;; {"call": "continue", "arguments": [20], "result": "90"}
;; {"call": "nested", "arguments": [7], "result": "147"}
;; {"call": "break-two", "arguments": [9], "result": "13"}
;; {"call": "once", "arguments": [], "result": "3"}
;; {"call": "by-table", "arguments": [12], "result": "12"}
;; {"call": "with-values", "arguments": [6], "result": "720"}
;; {"call": "two-ways", "arguments": [20], "result": "30"}
;; {"call": "inner-once", "arguments": [5], "result": "5"}
;; {"call": "return-inside", "arguments": [50], "result": "11"}
;; {"call": "loop-in-arms", "arguments": [8], "result": "8"}
;; {"call": "trap-inside", "arguments": [4], "trap": "divide by zero"}
;; {"call": "collatz", "arguments": [27], "result": "111"}
;; {"call": "calls", "arguments": [5], "result": "20"}
;; {"call": "arms", "arguments": [9], "result": "36"}
(module
  (func (export "while") (param i32) (result i32) (local i32 i32)
    loop
      (i32.lt_u (local.get 1) (local.get 0))
      if
        (local.set 2 (i32.add (local.get 2) (local.get 1)))
        (local.set 1 (i32.add (local.get 1) (i32.const 1)))
        br 1
      end
    end
    local.get 2)
  (func (export "do-while") (param i32) (result i32) (local i32)
    loop
      (local.set 1 (i32.add (local.get 1) (local.get 0)))
      (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))
    end
    local.get 1)
  (func (export "while-not") (param i32) (result i32) (local i32 i32)
    block loop
      (br_if 1 (i32.eq (local.get 1) (local.get 0)))
      (local.set 2 (i32.add (local.get 2) (local.get 1)))
      (local.set 1 (i32.add (local.get 1) (i32.const 1)))
      br 0
    end end
    local.get 2)
  (func (export "continue") (param i32) (result i32) (local i32 i32)
    loop
      (i32.lt_u (local.get 1) (local.get 0))
      if
        (local.set 1 (i32.add (local.get 1) (i32.const 1)))
        (br_if 1 (i32.and (local.get 1) (i32.const 1)))
        (local.set 2 (i32.add (local.get 2) (i32.sub (local.get 1) (i32.const 2))))
        br 1
      end
    end
    local.get 2)
  (func (export "nested") (param i32) (result i32) (local i32 i32 i32)
    loop $i
      (local.set 2 (i32.const 0))
      loop $j
        (local.set 3 (i32.add (local.get 3) (i32.const 3)))
        (local.set 2 (i32.add (local.get 2) (i32.const 1)))
        (br_if $j (i32.lt_u (local.get 2) (local.get 0)))
      end
      (local.set 1 (i32.add (local.get 1) (i32.const 1)))
      (br_if $i (i32.lt_u (local.get 1) (local.get 0)))
    end
    local.get 3)
  (func (export "break-two") (param i32) (result i32) (local i32 i32)
    block $out
      loop $i
        (local.set 1 (i32.add (local.get 1) (i32.const 1)))
        loop $j
          (local.set 2 (i32.add (local.get 2) (i32.const 1)))
          (br_if $out (i32.gt_u (local.get 2) (i32.add (local.get 0) (i32.const 3))))
          (br_if $i (i32.and (local.get 2) (i32.const 1)))
          br $j
        end
      end
    end
    local.get 2)
  (func (export "once") (result i32) (local i32)
    loop (local.set 0 (i32.const 3)) end
    local.get 0)
  (func (export "by-table") (param i32) (result i32) (local i32)
    block $done
      loop $again
        (local.set 1 (i32.add (local.get 1) (i32.const 1)))
        (br_table $again $done (i32.eq (local.get 1) (local.get 0)))
      end
    end
    local.get 1)
  (func (export "with-values") (param i32) (result i32)
    i32.const 1
    loop (param i32) (result i32)
      local.get 0
      i32.mul
      (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
      (br_if 0 (local.get 0))
    end)
  (func (export "two-ways") (param i32) (result i32) (local i32 i32)
    loop
      (i32.lt_u (local.get 1) (local.get 0))
      if
        (local.set 1 (i32.add (local.get 1) (i32.const 1)))
        (i32.and (local.get 1) (i32.const 1))
        if
          (local.set 2 (i32.add (local.get 2) (i32.const 1)))
          br 2
        else
          (local.set 2 (i32.add (local.get 2) (i32.const 2)))
          br 2
        end
      end
    end
    local.get 2)
  (func (export "inner-once") (param i32) (result i32) (local i32)
    loop $outer
      loop $inner
        (local.set 1 (i32.add (local.get 1) (i32.const 1)))
        (br_if $outer (i32.lt_u (local.get 1) (local.get 0)))
      end
    end
    local.get 1)
  (func (export "return-inside") (param i32) (result i32) (local i32)
    loop
      (if (i32.gt_u (local.get 1) (i32.const 10)) (then (return (local.get 1))))
      (local.set 1 (i32.add (local.get 1) (i32.const 1)))
      (br_if 0 (i32.lt_u (local.get 1) (local.get 0)))
    end
    i32.const -1)
  (func (export "loop-in-arms") (param i32) (result i32) (local i32)
    (if (i32.and (local.get 0) (i32.const 1))
      (then (loop (local.set 1 (i32.add (local.get 1) (i32.const 2))) (br_if 0 (i32.lt_u (local.get 1) (local.get 0)))))
      (else (loop (local.set 1 (i32.add (local.get 1) (i32.const 1)))
        (if (i32.lt_u (local.get 1) (local.get 0)) (then (br 1))))))
    local.get 1)
  (func (export "trap-inside") (param i32) (result i32) (local i32)
    loop
      (local.set 1 (i32.add (local.get 1) (i32.div_u (i32.const 100) (local.get 0))))
      (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
      br 0
    end
    unreachable)
  (func (export "collatz") (param i32) (result i32) (local i32)
    block loop
      (br_if 1 (i32.eq (local.get 0) (i32.const 1)))
      (local.set 1 (i32.add (local.get 1) (i32.const 1)))
      (if (i32.and (local.get 0) (i32.const 1))
        (then (local.set 0 (i32.add (i32.mul (local.get 0) (i32.const 3)) (i32.const 1))))
        (else (local.set 0 (i32.shr_u (local.get 0) (i32.const 1)))))
      br 0
    end end
    local.get 1)
  (func $double (param i32) (result i32) (i32.add (local.get 0) (local.get 0)))
  (func (export "calls") (param i32) (result i32) (local i32)
    loop
      (i32.gt_u (local.get 0) (i32.const 0))
      if
        (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
        (local.set 1 (i32.add (local.get 1) (call $double (local.get 0))))
        br 1
      end
    end
    local.get 1)
  ;; Last of all runs an arm whose charge is not checked at once.
  (func (export "arms") (param i32) (result i32) (local i32 i32)
    loop
      (i32.lt_u (local.get 1) (local.get 0))
      if
        (if (i32.and (local.get 1) (i32.const 1)) (then) (else (local.set 2 (i32.add (local.get 2) (local.get 1)))))
        (if (i32.and (local.get 1) (i32.const 1)) (then (local.set 2 (i32.add (local.get 2) (local.get 1)))))
        (local.set 1 (i32.add (local.get 1) (i32.const 1)))
        (if (i32.ge_u (local.get 1) (local.get 0)) (then (drop (i32.div_u (i32.const 1) (local.get 1)))))
        br 1
      end
    end
    local.get 2)
)
