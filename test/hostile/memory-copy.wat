;; Copies half its memory to the other half for ever.
(module
  (memory (export "memory") 256)
  (func (export "apply")
    (loop $again (memory.copy (i32.const 8388608) (i32.const 0) (i32.const 8388608)) (br $again))))
