;; SIMD with every kind of immediate: offsets, lanes, sixteen bytes; and opcodes of one and two bytes.
;; {"call": "sum", "arguments": [16], "result": "120"}
;; {"call": "shuffle", "arguments": [], "result": "16"}
;; {"call": "lanes", "arguments": [3], "result": "9"}
;; {"call": "load-lane", "arguments": [1], "result": "1"}
;; {"call": "mask", "arguments": [], "result": "43690"}
;; {"call": "floats", "arguments": [2], "result": "8"}
;; {"call": "dot", "arguments": [], "result": "8"}
;; {"call": "round", "arguments": [2.5], "result": "2"}
;; {"call": "store-lane", "arguments": [], "result": "7"}
;; {"call": "beyond", "arguments": [65530], "trap": "memory access out of bounds"}
(module
  (memory (export "memory") 1)
  (data (i32.const 0) "\00\01\02\03\04\05\06\07\08\09\0a\0b\0c\0d\0e\0f")
  (func (export "sum") (param i32) (result i32) (local i32 v128)
    loop
      (local.set 2 (i8x16.add (local.get 2) (v128.load8_splat (local.get 1))))
      (br_if 0 (i32.lt_u (local.tee 1 (i32.add (local.get 1) (i32.const 1))) (local.get 0)))
    end
    (i8x16.extract_lane_u 15 (local.get 2)))
  (func (export "shuffle") (result i32)
    (i8x16.extract_lane_u 0 (i8x16.shuffle 17 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15
      (v128.const i8x16 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15)
      (v128.const i32x4 0x00001000 0 0 0))))
  (func (export "lanes") (param i32) (result i32)
    (i32x4.extract_lane 2 (i32x4.mul
      (i32x4.replace_lane 2 (i32x4.splat (i32.const 0)) (local.get 0))
      (i32x4.splat (local.get 0)))))
  (func (export "load-lane") (param i32) (result i32)
    (i16x8.extract_lane_u 7 (v128.load8_lane offset=0 align=1 14 (local.get 0) (v128.const i64x2 0 0))))
  (func (export "mask") (result i32)
    (i8x16.bitmask (v128.const i8x16 0 -1 0 -1 0 -1 0 -1 0 -1 0 -1 0 -1 0 -1)))
  (func (export "floats") (param f64) (result f64)
    (f64x2.extract_lane 1 (f64x2.mul (f64x2.splat (local.get 0)) (f64x2.add (f64x2.splat (local.get 0)) (f64x2.splat (local.get 0))))))
  (func (export "dot") (result i32)
    (i32x4.extract_lane 0 (i32x4.dot_i16x8_s (i16x8.splat (i32.const 2)) (i16x8.splat (i32.const 2)))))
  (func (export "round") (param f64) (result f64) (f64x2.extract_lane 0 (f64x2.nearest (f64x2.splat (local.get 0)))))
  (func (export "store-lane") (result i32)
    (v128.store16_lane offset=100 3 (i32.const 0) (i16x8.splat (i32.const 7))) (i32.load16_u offset=100 (i32.const 0)))
  (func (export "beyond") (param i32) (result i32) (v128.any_true (v128.load (local.get 0))))
)
