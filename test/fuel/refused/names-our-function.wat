;; {"reason": "invalid"}
(module (func (call 1)))
