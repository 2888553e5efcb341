;; An Extism plug-in: sends the request that its input is (JSON), without a body, and answers with the answer's body. Fails with
;; the status as its code where that is not 200.
(module
  (import "extism:host/env" "input_offset" (func $input (result i64)))
  (import "extism:host/env" "http_request" (func $request (param i64 i64) (result i64)))
  (import "extism:host/env" "http_status_code" (func $status (result i32)))
  (import "extism:host/env" "length" (func $length (param i64) (result i64)))
  (import "extism:host/env" "output_set" (func $output (param i64 i64)))
  (memory (export "memory") 1)
  (func (export "ask") (result i32) (local $body i64)
    (local.set $body (call $request (call $input) (i64.const 0)))
    (call $output (local.get $body) (call $length (local.get $body)))
    (if (result i32) (i32.eq (call $status) (i32.const 200))
      (then (i32.const 0))
      (else (call $status)))))
