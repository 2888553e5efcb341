;; {"reason": "invalid"}
;; Would be valid once metering has appended its global.
(module (func (global.set 0 (i64.const 1000))))
