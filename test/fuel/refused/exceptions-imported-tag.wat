;; {"reason": "unsupported-feature", "feature": "exceptions"}
(module (import "a" "b" (tag (param i32))))
