;; {"instantiate": "unreachable"}
(module
  (func $start (block (br_if 0 (i32.const 0))) unreachable)
  (start $start)
  (func (export "never") (call $start))
)
