// The instructions of WebAssembly 2.0 and tail calls, as data: what follows the opcode, and to which class of the cost
// table it belongs. An opcode that is not here is refused; features of later versions are listed to refuse them by name.
import type { Feature } from "./errors.ts";

/** What follows an opcode in the code. */
export const IMMEDIATE = {
  absent: 0, // not an instruction of ours
  none: 1,
  index: 2, // one index that never changes: local, global, table, data or element segment
  i32: 3,
  i64: 4,
  f32: 5,
  f64: 6,
  memarg: 7,
  memargLane: 8,
  lane: 9,
  bytes16: 10,
  memory: 11, // one zero byte
  heap: 12, // funcref or externref
  types: 13, // the types of a typed select
  mark: 14, // control, calls and bulk operations: see body.ts
} as const;

export type Immediate = keyof typeof IMMEDIATE;

/** Opcodes after a prefix are numbered behind the plain ones: 0xfc N is 0x100 + N, 0xfd N is 0x200 + N. */
export const PREFIX_FC = 0x100;
export const PREFIX_FD = 0x200;
export const OPCODE_COUNT = 0x300;

/** Opcodes that the rest of this folder treats one by one. */
export const OP = {
  unreachable: 0x00,
  nop: 0x01,
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  end: 0x0b,
  br: 0x0c,
  br_if: 0x0d,
  br_table: 0x0e,
  return: 0x0f,
  call: 0x10,
  call_indirect: 0x11,
  return_call: 0x12,
  return_call_indirect: 0x13,
  drop: 0x1a,
  select: 0x1b,
  local_get: 0x20,
  local_set: 0x21,
  local_tee: 0x22,
  global_get: 0x23,
  global_set: 0x24,
  memory_size: 0x3f,
  memory_grow: 0x40,
  i32_const: 0x41,
  i64_const: 0x42,
  f32_const: 0x43,
  f64_const: 0x44,
  i32_eqz: 0x45,
  i32_eq: 0x46,
  i32_ne: 0x47,
  i64_eqz: 0x50,
  i64_eq: 0x51,
  i64_ne: 0x52,
  i64_lt_s: 0x53,
  i64_lt_u: 0x54,
  i64_gt_s: 0x55,
  i64_gt_u: 0x56,
  i64_le_u: 0x58,
  i64_ge_s: 0x59,
  i64_ge_u: 0x5a,
  i32_add: 0x6a,
  i32_sub: 0x6b,
  i32_mul: 0x6c,
  i32_div_u: 0x6e,
  i32_and: 0x71,
  i32_or: 0x72,
  i32_shr_u: 0x76,
  i64_div_u: 0x80,
  i64_and: 0x83,
  i64_or: 0x84,
  i32_wrap_i64: 0xa7,
  i64_add: 0x7c,
  i64_sub: 0x7d,
  i64_mul: 0x7e,
  i64_shl: 0x86,
  i64_shr_u: 0x88,
  i64_extend_i32_u: 0xad,
  ref_null: 0xd0,
  ref_func: 0xd2,
  memory_init: PREFIX_FC + 8,
  memory_copy: PREFIX_FC + 10,
  memory_fill: PREFIX_FC + 11,
  table_init: PREFIX_FC + 12,
  table_copy: PREFIX_FC + 14,
  table_grow: PREFIX_FC + 15,
  table_size: PREFIX_FC + 16,
  table_fill: PREFIX_FC + 17,
  v128_const: PREFIX_FD + 12,
} as const;

// Each line: first opcode (hexadecimal, prefix first), what follows, cost class, common prefix of the names, then the
// names of consecutive opcodes; "_" is a hole.
const ROWS = `
00    mark        trap      .      unreachable
01    none        free      .      nop
02    mark        free      .      block
03    mark        loop      .      loop
04    mark        branch    .      if
05    mark        free      .      else
0b    mark        free      .      end
0c    mark        jump      .      br
0d    mark        branch    .      br_if
0e    mark        table     .      br_table
0f    mark        jump      .      return
10    mark        call      .      call
11    mark        indirect  .      call_indirect
12    mark        call      .      return_call
13    mark        indirect  .      return_call_indirect
1a    none        move      .      drop
1b    none        select    .      select
1c    types       select    .      select
20    index       move      local. get set tee
23    index       load      global. get
24    index       store     global. set
25    index       tableGet  table. get
26    index       tableSet  table. set
28    memarg      load      i32.   load
29    memarg      load      i64.   load
2a    memarg      load      f32.   load
2b    memarg      load      f64.   load
2c    memarg      load      i32.   load8_s load8_u load16_s load16_u
30    memarg      load      i64.   load8_s load8_u load16_s load16_u load32_s load32_u
36    memarg      store     i32.   store
37    memarg      store     i64.   store
38    memarg      store     f32.   store
39    memarg      store     f64.   store
3a    memarg      store     i32.   store8 store16
3c    memarg      store     i64.   store8 store16 store32
3f    memory      load      memory. size
40    mark        grow      memory. grow
41    i32         move      i32.   const
42    i64         move      i64.   const
43    f32         move      f32.   const
44    f64         move      f64.   const
45    none        alu       i32.   eqz eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u
50    none        alu       i64.   eqz eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u
5b    none        falu      f32.   eq ne lt gt le ge
61    none        falu      f64.   eq ne lt gt le ge
67    none        bits      i32.   clz ctz popcnt
6a    none        alu       i32.   add sub
6c    none        mul       i32.   mul
6d    none        div32     i32.   div_s div_u rem_s rem_u
71    none        alu       i32.   and or xor shl shr_s shr_u rotl rotr
79    none        bits      i64.   clz ctz popcnt
7c    none        alu       i64.   add sub
7e    none        mul       i64.   mul
7f    none        div64     i64.   div_s div_u rem_s rem_u
83    none        alu       i64.   and or xor shl shr_s shr_u rotl rotr
8b    none        falu      f32.   abs neg
8d    none        round     f32.   ceil floor trunc nearest
91    none        fsqrt     f32.   sqrt
92    none        fadd      f32.   add sub mul
95    none        fdiv      f32.   div
96    none        fminmax   f32.   min max
98    none        falu      f32.   copysign
99    none        falu      f64.   abs neg
9b    none        round     f64.   ceil floor trunc nearest
9f    none        fsqrt     f64.   sqrt
a0    none        fadd      f64.   add sub mul
a3    none        fdiv      f64.   div
a4    none        fminmax   f64.   min max
a6    none        falu      f64.   copysign
a7    none        alu       i32.   wrap_i64
a8    none        convert   i32.   trunc_f32_s trunc_f32_u trunc_f64_s trunc_f64_u
ac    none        alu       i64.   extend_i32_s extend_i32_u
ae    none        convert   i64.   trunc_f32_s trunc_f32_u trunc_f64_s trunc_f64_u
b2    none        convert   f32.   convert_i32_s convert_i32_u convert_i64_s convert_i64_u demote_f64
b7    none        convert   f64.   convert_i32_s convert_i32_u convert_i64_s convert_i64_u promote_f32
bc    none        alu       i32.   reinterpret_f32
bd    none        alu       i64.   reinterpret_f64
be    none        alu       f32.   reinterpret_i32
bf    none        alu       f64.   reinterpret_i64
c0    none        alu       i32.   extend8_s extend16_s
c2    none        alu       i64.   extend8_s extend16_s extend32_s
d0    heap        move      ref.   null
d1    none        alu       ref.   is_null
d2    mark        funcref   ref.   func
fc00  none        convert   i32.   trunc_sat_f32_s trunc_sat_f32_u trunc_sat_f64_s trunc_sat_f64_u
fc04  none        convert   i64.   trunc_sat_f32_s trunc_sat_f32_u trunc_sat_f64_s trunc_sat_f64_u
fc08  mark        bulk      memory. init
fc09  index       bulk      data.  drop
fc0a  mark        bulk      memory. copy fill
fc0c  mark        bulk      table. init
fc0d  index       bulk      elem.  drop
fc0e  mark        bulk      table. copy grow
fc10  index       load      table. size
fc11  mark        bulk      table. fill
fd00  memarg      vload     v128.  load load8x8_s load8x8_u load16x4_s load16x4_u load32x2_s load32x2_u
fd07  memarg      vload     v128.  load8_splat load16_splat load32_splat load64_splat
fd0b  memarg      vstore    v128.  store
fd0c  bytes16     vector    v128.  const
fd0d  bytes16     vmul      i8x16. shuffle
fd0e  none        vmul      i8x16. swizzle
fd0f  none        vmul      i8x16. splat
fd10  none        vmul      i16x8. splat
fd11  none        vmul      i32x4. splat
fd12  none        vmul      i64x2. splat
fd13  none        vmul      f32x4. splat
fd14  none        vmul      f64x2. splat
fd15  lane        vmul      i8x16. extract_lane_s extract_lane_u replace_lane
fd18  lane        vmul      i16x8. extract_lane_s extract_lane_u replace_lane
fd1b  lane        vmul      i32x4. extract_lane replace_lane
fd1d  lane        vmul      i64x2. extract_lane replace_lane
fd1f  lane        vmul      f32x4. extract_lane replace_lane
fd21  lane        vmul      f64x2. extract_lane replace_lane
fd23  none        vector    i8x16. eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u
fd2d  none        vector    i16x8. eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u
fd37  none        vector    i32x4. eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u
fd41  none        falu      f32x4. eq ne lt gt le ge
fd47  none        falu      f64x2. eq ne lt gt le ge
fd4d  none        vector    v128.  not and andnot or xor bitselect
fd53  none        vmul      v128.  any_true
fd54  memargLane  vload     v128.  load8_lane load16_lane load32_lane load64_lane
fd58  memargLane  vstore    v128.  store8_lane store16_lane store32_lane store64_lane
fd5c  memarg      vload     v128.  load32_zero load64_zero
fd5e  none        vconvert  f32x4. demote_f64x2_zero
fd5f  none        vconvert  f64x2. promote_low_f32x4
fd60  none        vector    i8x16. abs neg
fd62  none        vlong     i8x16. popcnt
fd63  none        vmul      i8x16. all_true bitmask
fd65  none        vector    i8x16. narrow_i16x8_s narrow_i16x8_u
fd67  none        round     f32x4. ceil floor trunc nearest
fd6b  none        vlong     i8x16. shl shr_s shr_u
fd6e  none        vector    i8x16. add add_sat_s add_sat_u sub sub_sat_s sub_sat_u
fd74  none        round     f64x2. ceil floor
fd76  none        vector    i8x16. min_s min_u max_s max_u
fd7a  none        round     f64x2. trunc
fd7b  none        vector    i8x16. avgr_u
fd7c  none        vmul      i16x8. extadd_pairwise_i8x16_s extadd_pairwise_i8x16_u
fd7e  none        vmul      i32x4. extadd_pairwise_i16x8_s extadd_pairwise_i16x8_u
fd80  none        vector    i16x8. abs neg
fd82  none        vlong     i16x8. q15mulr_sat_s
fd83  none        vmul      i16x8. all_true bitmask
fd85  none        vector    i16x8. narrow_i32x4_s narrow_i32x4_u
fd87  none        vector    i16x8. extend_low_i8x16_s extend_high_i8x16_s extend_low_i8x16_u extend_high_i8x16_u
fd8b  none        vmul      i16x8. shl shr_s shr_u
fd8e  none        vector    i16x8. add add_sat_s add_sat_u sub sub_sat_s sub_sat_u
fd94  none        round     f64x2. nearest
fd95  none        vmul      i16x8. mul
fd96  none        vector    i16x8. min_s min_u max_s max_u _ avgr_u
fd9c  none        vmul      i16x8. extmul_low_i8x16_s extmul_high_i8x16_s extmul_low_i8x16_u extmul_high_i8x16_u
fda0  none        vector    i32x4. abs neg
fda3  none        vmul      i32x4. all_true bitmask
fda7  none        vector    i32x4. extend_low_i16x8_s extend_high_i16x8_s extend_low_i16x8_u extend_high_i16x8_u
fdab  none        vmul      i32x4. shl shr_s shr_u
fdae  none        vector    i32x4. add _ _ sub
fdb5  none        vlong     i32x4. mul
fdb6  none        vector    i32x4. min_s min_u max_s max_u
fdba  none        vmul      i32x4. dot_i16x8_s _
fdbc  none        vmul      i32x4. extmul_low_i16x8_s extmul_high_i16x8_s extmul_low_i16x8_u extmul_high_i16x8_u
fdc0  none        vmul      i64x2. abs
fdc1  none        vector    i64x2. neg
fdc3  none        vmul      i64x2. all_true bitmask
fdc7  none        vector    i64x2. extend_low_i32x4_s extend_high_i32x4_s extend_low_i32x4_u extend_high_i32x4_u
fdcb  none        vmul      i64x2. shl shr_s shr_u
fdce  none        vector    i64x2. add _ _ sub
fdd5  none        vlong     i64x2. mul
fdd6  none        vmul      i64x2. eq ne lt_s gt_s le_s ge_s
fddc  none        vmul      i64x2. extmul_low_i32x4_s extmul_high_i32x4_s extmul_low_i32x4_u extmul_high_i32x4_u
fde0  none        falu      f32x4. abs neg
fde3  none        vsqrt     f32x4. sqrt
fde4  none        fadd      f32x4. add sub mul
fde7  none        vdiv      f32x4. div
fde8  none        vminmax   f32x4. min max
fdea  none        vmul      f32x4. pmin pmax
fdec  none        falu      f64x2. abs neg
fdef  none        vsqrt     f64x2. sqrt
fdf0  none        fadd      f64x2. add sub mul
fdf3  none        vdiv      f64x2. div
fdf4  none        vminmax   f64x2. min max
fdf6  none        vmul      f64x2. pmin pmax
fdf8  none        vconvert  i32x4. trunc_sat_f32x4_s trunc_sat_f32x4_u
fdfa  none        vconvert  f32x4. convert_i32x4_s convert_i32x4_u
fdfc  none        vconvert  i32x4. trunc_sat_f64x2_s_zero trunc_sat_f64x2_u_zero
fdfe  none        vconvert  f64x2. convert_low_i32x4_s convert_low_i32x4_u
`;

/** One instruction. `code` is numbered as PREFIX_FC and PREFIX_FD say. */
export interface Opcode {
  readonly code: number;
  readonly name: string;
  readonly immediate: Immediate;
  readonly costClass: string;
}

function firstCode(hex: string): number {
  const value = Number.parseInt(hex, 16);
  if (hex.startsWith("fc")) return PREFIX_FC + (value & 0xff);
  return hex.startsWith("fd") && hex.length === 4 ? PREFIX_FD + (value & 0xff) : value;
}

function parseRow(row: string): Opcode[] {
  const [hex = "", immediate = "absent", costClass = "", prefix = "", ...names] = row.split(/\s+/);
  const first = firstCode(hex);
  const numbered = names.map((name, at) => ({ name, code: first + at })).filter(({ name }) => name !== "_");
  const common = prefix === "." ? "" : prefix;
  return numbered.map(({ name, code }) => ({
    code,
    name: common + name,
    immediate: immediate as Immediate,
    costClass,
  }));
}

/** Every instruction that is metered. */
export const OPCODES: readonly Opcode[] = ROWS.trim()
  .split("\n")
  .flatMap((row) => parseRow(row.trim()));

/** What follows each opcode, as a number of IMMEDIATE. */
export const IMMEDIATE_OF: Readonly<Uint8Array> = (() => {
  const table = new Uint8Array(OPCODE_COUNT);
  for (const { code, immediate } of OPCODES) table[code] = IMMEDIATE[immediate];
  return table;
})();

const LATER: readonly (readonly [first: number, last: number, feature: Feature])[] = [
  [0x06, 0x0a, "exceptions"],
  [0x14, 0x15, "typed-function-references"],
  [0x18, 0x19, "exceptions"],
  [0x1f, 0x1f, "exceptions"],
  [0xd3, 0xd3, "garbage-collection"],
  [0xd4, 0xd6, "typed-function-references"],
  [0xfb, 0xfb, "garbage-collection"],
  [0xfe, 0xfe, "threads"],
  [PREFIX_FC + 0x13, PREFIX_FC + 0x16, "wide-arithmetic"],
  [PREFIX_FD + 0x100, PREFIX_FD + 0x12f, "relaxed-simd"],
];

/** To which later feature an opcode outside the table belongs. */
export function featureOf(code: number): Feature {
  return LATER.find(([first, last]) => code >= first && code <= last)?.[2] ?? "unknown";
}
