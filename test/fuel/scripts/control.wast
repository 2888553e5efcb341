;; Constructs that move values, branches that carry them, and code that is never reached.
(module
  (type $pass (func (param i32 i64) (result i32 i64)))
  (func $i (result i32) i32.const 1)
  (func $two (result i32 i64) i32.const 7 i64.const 9)
  (func (export "block") (param i32 i64) (result i32 i64)
    local.get 0 local.get 1
    block (type $pass) end)
  (func (export "block br") (param i32) (result i32 i64)
    call $two
    block (type $pass)
      local.get 0 br_if 0
      drop drop
      i32.const 1 i64.const 2
    end)
  (func (export "loop") (param i32) (result i32 i64) (local i64)
    i32.const 0 i64.const 0
    loop $next (param i32 i64) (result i32 i64)
      i64.const 3 i64.add local.set 1
      i32.const 1 i32.add
      local.get 1
      local.get 0 i32.const 1 i32.sub local.tee 0
      br_if $next
    end)
  (func (export "if") (param i32) (result i32 i64)
    call $two
    local.get 0
    if (type $pass)
      i64.const 100 i64.add
    else
      drop i64.const -1
    end)
  (func (export "if without else") (param i32) (result i32 i64)
    call $two
    local.get 0
    if (type $pass) drop drop i32.const 3 i64.const 4 end)
  (func (export "table") (param i32) (result i32 i64)
    block $c (result i32 i64)
      block $b (result i32 i64)
        block $a (result i32 i64)
          call $two
          local.get 0
          br_table $a $b $c 3
        end
        drop i64.const 1
      end
      drop i64.const 2
    end)
  (func (export "table loop") (param i32) (result i32) (local i32)
    loop $again
      block $out
        local.get 1 i32.const 1 i32.add local.set 1
        local.get 0 i32.const 1 i32.sub local.tee 0
        br_table $out $out $again $again $again $out
      end
    end
    local.get 1)
  (func (export "return") (param i32) (result i32 i64)
    i32.const 99
    call $two
    local.get 0 br_if 0
    i32.const 1 i64.const 2
    return)
  (func (export "leave deep") (param i32) (result i32)
    block block loop block
      local.get 0
      if i32.const 1 i32.const 2 br 5 end
      i32.const 3 return
    end end end end
    unreachable)
  (func (export "unreached") (param i32) (result i32 i64)
    block $out (result i32 i64)
      call $two
      br $out
      i32.add
      if (result i64) i64.const 1 else call $two br $out end
      call $two
      drop
      select
      drop
      loop (result f32) br 0 f32.sqrt end
      drop i64.const 3 i32.const 4
      br_table $out 0 $out
    end)
  (func (export "unreached ends") (result i32) (local i32)
    i32.const 5
    return
    loop end
    block end
    if else end
    local.tee 0
    br_if 0
    i32.eqz)
  (func (export "unreached all") (param i32) (result i32)
    (if (local.get 0) (then (return (i32.const 1))) (else (return (i32.const 2))))
    unreachable
    memory.grow
    memory.copy
    memory.fill
    call_indirect (param i32 i64) (result f64)
    f64.store
    table.set 0
    return_call $i
    drop)
  (func (export "tee and drop") (param i32) (result i32)
    (local.set 0 (block (result i32) (br_if 0 (local.get 0) (local.get 0)) (drop) (br 0 (i32.const -1))))
    (local.get 0))
  (func (export "nested loops") (param i32) (result i32) (local i32 i32 i32)
    loop $a
      i32.const 0 local.set 2
      loop $b
        i32.const 3 local.set 3
        loop $c
          local.get 1 i32.const 1 i32.add local.set 1
          local.get 3 i32.const 1 i32.sub local.tee 3 br_if $c
        end
        local.get 2 i32.const 1 i32.add local.tee 2 local.get 0 i32.lt_u br_if $b
      end
      local.get 0 i32.const 1 i32.sub local.tee 0 br_if $a
    end
    local.get 1)
  (memory 1)
  (table 1 funcref)
)
(assert_return (invoke "block" (i32.const 1) (i64.const 2)) (i32.const 1) (i64.const 2))
(assert_return (invoke "block br" (i32.const 1)) (i32.const 7) (i64.const 9))
(assert_return (invoke "block br" (i32.const 0)) (i32.const 1) (i64.const 2))
(assert_return (invoke "loop" (i32.const 1)) (i32.const 1) (i64.const 3))
(assert_return (invoke "loop" (i32.const 500)) (i32.const 500) (i64.const 1500))
(assert_return (invoke "if" (i32.const 1)) (i32.const 7) (i64.const 109))
(assert_return (invoke "if" (i32.const 0)) (i32.const 7) (i64.const -1))
(assert_return (invoke "if without else" (i32.const 1)) (i32.const 3) (i64.const 4))
(assert_return (invoke "if without else" (i32.const 0)) (i32.const 7) (i64.const 9))
(assert_return (invoke "table" (i32.const 0)) (i32.const 7) (i64.const 2))
(assert_return (invoke "table" (i32.const 1)) (i32.const 7) (i64.const 2))
(assert_return (invoke "table" (i32.const 2)) (i32.const 7) (i64.const 9))
(assert_return (invoke "table" (i32.const 3)) (i32.const 7) (i64.const 9))
(assert_return (invoke "table" (i32.const -1)) (i32.const 7) (i64.const 9))
(assert_return (invoke "table loop" (i32.const 5)) (i32.const 4))
(assert_return (invoke "table loop" (i32.const 1)) (i32.const 1))
(assert_return (invoke "table loop" (i32.const 100)) (i32.const 1))
(assert_return (invoke "return" (i32.const 1)) (i32.const 7) (i64.const 9))
(assert_return (invoke "return" (i32.const 0)) (i32.const 1) (i64.const 2))
(assert_return (invoke "leave deep" (i32.const 1)) (i32.const 2))
(assert_return (invoke "leave deep" (i32.const 0)) (i32.const 3))
(assert_return (invoke "unreached" (i32.const 0)) (i32.const 7) (i64.const 9))
(assert_return (invoke "unreached ends") (i32.const 5))
(assert_return (invoke "unreached all" (i32.const 0)) (i32.const 2))
(assert_return (invoke "unreached all" (i32.const 1)) (i32.const 1))
(assert_return (invoke "tee and drop" (i32.const 4)) (i32.const 4))
(assert_return (invoke "tee and drop" (i32.const 0)) (i32.const -1))
(assert_return (invoke "nested loops" (i32.const 9)) (i32.const 135))

;; Traps, one of each kind; what ran before them stays.
(module
  (memory (export "memory") 1 2)
  (table 3 funcref)
  (global $g (export "g") (mut i32) (i32.const 0))
  (type $t (func))
  (elem (i32.const 0) $t0 $t1)
  (elem $e func $t0)
  (data $d "abc")
  (func $t0)
  (func $t1 (param i32))
  (func $mark (param i32) (global.set $g (local.get 0)))
  (func (export "trap") (param i32 i32)
    (call $mark (local.get 0))
    (i32.store8 (local.get 0) (i32.const 0x5a))
    block block block block block block block block block block block block block
      local.get 0
      br_table 0 1 2 3 4 5 6 7 8 9 10 11 12
    end unreachable
    end (drop (i32.div_s (i32.const 1) (local.get 1)))
    end (drop (i32.div_s (i32.const 0x80000000) (i32.const -1)))
    end (drop (i64.rem_u (i64.const 1) (i64.extend_i32_u (local.get 1))))
    end (drop (i32.trunc_f64_s (f64.const nan)))
    end (drop (i64.trunc_f32_u (f32.const -1)))
    end (drop (i32.load offset=0xffffffff (i32.const -1)))
    end (call_indirect (type $t) (i32.const 1))
    end (call_indirect (type $t) (i32.const 2))
    end (memory.fill (i32.const 0x10000) (i32.const 0) (i32.const 1))
    end (memory.init $d (i32.const 0) (i32.const 2) (i32.const 2))
    end (table.copy (i32.const 2) (i32.const 0) (i32.const 2))
    end (i64.store32 (i32.const 0xfffd) (i64.const 1)))
)
(assert_trap (invoke "trap" (i32.const 0) (i32.const 0)) "unreachable")
(assert_return (get "g") (i32.const 0))
(assert_trap (invoke "trap" (i32.const 1) (i32.const 0)) "integer divide by zero")
(assert_return (get "g") (i32.const 1))
(assert_trap (invoke "trap" (i32.const 2) (i32.const 0)) "integer overflow")
(assert_return (get "g") (i32.const 2))
(assert_trap (invoke "trap" (i32.const 3) (i32.const 0)) "integer divide by zero")
(assert_return (get "g") (i32.const 3))
(assert_trap (invoke "trap" (i32.const 4) (i32.const 0)) "invalid conversion to integer")
(assert_return (get "g") (i32.const 4))
(assert_trap (invoke "trap" (i32.const 5) (i32.const 0)) "integer overflow")
(assert_return (get "g") (i32.const 5))
(assert_trap (invoke "trap" (i32.const 6) (i32.const 0)) "out of bounds memory access")
(assert_return (get "g") (i32.const 6))
(assert_trap (invoke "trap" (i32.const 7) (i32.const 0)) "indirect call type mismatch")
(assert_return (get "g") (i32.const 7))
(assert_trap (invoke "trap" (i32.const 8) (i32.const 0)) "uninitialized element")
(assert_return (get "g") (i32.const 8))
(assert_trap (invoke "trap" (i32.const 9) (i32.const 0)) "out of bounds memory access")
(assert_return (get "g") (i32.const 9))
(assert_trap (invoke "trap" (i32.const 10) (i32.const 0)) "out of bounds memory access")
(assert_return (get "g") (i32.const 10))
(assert_trap (invoke "trap" (i32.const 11) (i32.const 0)) "out of bounds table access")
(assert_return (get "g") (i32.const 11))
(assert_trap (invoke "trap" (i32.const 12) (i32.const 0)) "out of bounds memory access")
(assert_return (get "g") (i32.const 12))

;; Recursion without end, of each kind of call.
(module
  (table 2 funcref)
  (elem (i32.const 0) $direct $indirect)
  (func $direct (export "direct") (call $direct))
  (func $indirect (export "indirect") (call_indirect (i32.const 1)))
  (func (export "by two") (call $one))
  (func $one (call $other))
  (func $other (call $one))
  (func (export "many") (param i64 i64 i64 i64 i64 i64 i64 i64) (result i64)
    (i64.add (call $many (local.get 0) (local.get 1) (local.get 2) (local.get 3)) (i64.const 1)))
  (func $many (param i64 i64 i64 i64) (result i64) (local f64 f64 f64 v128 v128)
    (i64.add (call $many (local.get 3) (local.get 2) (local.get 1) (local.get 0)) (local.get 0)))
  (func $tail (export "tail") (param i32) (result i32)
    (if (result i32) (local.get 0)
      (then (return_call $tail (i32.sub (local.get 0) (i32.const 1))))
      (else (i32.const 42)))))
(assert_exhaustion (invoke "direct") "call stack exhausted")
(assert_exhaustion (invoke "indirect") "call stack exhausted")
(assert_exhaustion (invoke "by two") "call stack exhausted")
(assert_exhaustion (invoke "many" (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0)) "call stack exhausted")
(assert_return (invoke "tail" (i32.const 1000000)) (i32.const 42))

;; Start functions: of the module's own, imported, exported too.
(module $S
  (memory (export "memory") 1)
  (global $n (export "n") (mut i32) (i32.const 10))
  (func $main (export "main") (global.set $n (i32.mul (global.get $n) (i32.const 2))))
  (func (export "n of") (result i32) (global.get $n))
  (start $main))
(assert_return (get "n") (i32.const 20))
(register "s" $S)
(module (import "s" "main" (func $main)) (start $main))
(assert_return (invoke $S "n of") (i32.const 40))
(invoke $S "main")
(assert_return (get $S "n") (i32.const 80))
(module (import "spectest" "print" (func $main)) (start $main))
(assert_trap (module (func $main (unreachable)) (start $main)) "unreachable")
(assert_trap (module (func $main (loop (br_if 0 (i32.const 0))) (drop (i32.load (i32.const 1)))) (memory 0) (start $main)) "out of bounds")

;; Floats and vectors, by their bits.
(module
  (func (export "neg") (param f32) (result f32) (f32.neg (local.get 0)))
  (func (export "reinterpret") (param i64) (result f64) (f64.reinterpret_i64 (local.get 0)))
  (func (export "splat") (param f64) (result v128) (f64x2.splat (local.get 0)))
  (func $pair (export "pair") (param v128 v128) (result v128 v128) (local.get 1) (local.get 0))
  (func (export "sum") (param v128 i32) (result v128) (local v128)
    (loop $next
      (local.set 2 (i32x4.add (local.get 2) (local.get 0)))
      (call $pair (local.get 2) (local.get 0)) (local.set 2) (local.set 0)
      (call $pair (local.get 0) (local.get 2)) (local.set 0) (local.set 2)
      (br_if $next (local.tee 1 (i32.sub (local.get 1) (i32.const 1)))))
    (local.get 2)))
(assert_return (invoke "neg" (f32.const nan:0x200001)) (f32.const -nan:0x200001))
(assert_return (invoke "neg" (f32.const -0x1.5p-149)) (f32.const 0x1p-149))
(assert_return (invoke "reinterpret" (i64.const 0x7ff4000000000001)) (f64.const nan:0x4000000000001))
(assert_return (invoke "splat" (f64.const -0)) (v128.const f64x2 -0 -0))
(assert_return (invoke "pair" (v128.const i32x4 1 2 3 4) (v128.const i64x2 5 6)) (v128.const i64x2 5 6) (v128.const i32x4 1 2 3 4))
(assert_return (invoke "sum" (v128.const i32x4 1 2 3 -1) (i32.const 100)) (v128.const i32x4 100 200 300 -100))
