;; Loops until the most fuel a call may burn is burned: about 200 s.
(module
  (memory (export "memory") 1)
  (func (export "apply")
    (loop $again (br $again))))
