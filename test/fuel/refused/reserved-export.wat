;; {"reason": "reserved-name"}
(module (func (export "orcade:start")))
