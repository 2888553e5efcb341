;; A plug-in that asks for the network.
;; => "type":"NoInternet"
(module
  (import "extism:host/env" "http_request" (func $h (param i64 i64) (result i64)))
  (memory (export "memory") 1)
  (func (export "run") (result i32) (drop (call $h (i64.const 0) (i64.const 0))) (i32.const 0)))
