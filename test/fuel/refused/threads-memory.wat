;; {"reason": "unsupported-feature", "feature": "threads"}
(module (memory 1 2 shared))
