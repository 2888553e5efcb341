;; Answers an object with the key __proto__.
(module
  (import "orcade" "output" (func $output (param i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "{\22__proto__\22:{\22polluted\22:true}}")
  (func (export "apply")
    (call $output (i32.const 1) (i32.const 0) (i32.const 31))))
