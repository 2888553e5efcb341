;; {"reason": "reserved-name"}
(module (import "env" "orcade:refuel" (func)))
