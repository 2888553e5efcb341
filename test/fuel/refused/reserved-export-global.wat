;; {"reason": "reserved-name"}
(module (global (export "orcade:fuel") (mut i64) (i64.const 0)))
