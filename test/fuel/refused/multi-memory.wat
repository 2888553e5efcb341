;; {"reason": "unsupported-feature", "feature": "multi-memory"}
(module (memory 1) (memory 1))
