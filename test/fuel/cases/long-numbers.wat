;; Loops between constants of 64 bits, small negative ones too: written at length they are the same.
(module
  (func (export "down") (result i64) (local i64 i64)
    i64.const 1000 local.set 0
    loop
      local.get 1 i64.const 3 i64.add local.set 1
      local.get 0 i64.const -1 i64.add local.tee 0 i64.const -5 i64.ne br_if 0
    end
    local.get 1)
  (func (export "up") (result i64) (local i64 i64)
    i64.const -700 local.set 0
    loop
      local.get 1 i64.const 3 i64.add local.set 1
      local.get 0 i64.const 1 i64.add local.tee 0 i64.const -1 i64.lt_s br_if 0
    end
    local.get 1)
  (func (export "large") (result i64) (local i64 i64)
    i64.const -0x100000002 local.set 0
    loop
      local.get 1 i64.const 1 i64.add local.set 1
      local.get 0 i64.const 1 i64.add local.tee 0 i64.const -0x100000000 i64.ne br_if 0
    end
    local.get 1))
;; {"call": "down", "result": "3015n"}
;; {"call": "up", "result": "2097n"}
;; {"call": "large", "result": "2n"}
