;; {"reason": "reserved-name"}
(module (import "orcade:other" "f" (func)))
