;; {"reason": "reserved-name"}
(module (import "orcade:fuel" "refuel" (func (param i64) (result i64))))
