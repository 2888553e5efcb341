;; {"reason": "unsupported-feature", "feature": "extended-constants"}
(module (global i32 (i32.const 1)) (global i32 (global.get 0)))
