;; {"reason": "unsupported-feature", "feature": "multi-memory"}
(module (import "a" "b" (memory 1)) (memory 1))
