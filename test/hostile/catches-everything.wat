;; Catches what it throws; it could catch how the host ends a call, too.
(module
  (memory (export "memory") 1)
  (tag $oops)
  (func (export "apply")
    (try
      (do (throw $oops))
      (catch_all))))
