;; {"reason": "unsupported-feature", "feature": "exceptions"}
(module (func try catch_all end))
