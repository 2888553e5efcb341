;; {"reason": "unsupported-feature", "feature": "memory64"}
(module (memory i64 1))
