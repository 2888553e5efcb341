;; {"reason": "unsupported-feature", "feature": "exceptions"}
(module (tag (param i32)))
