// The code that `bench -- fuel-weights` times: for each kind of instruction a loop of nothing else, each result needed by
// the next (its latency) or not (its throughput); and the slowest code that the cost table does not see.
import { assemble } from "./compile.ts";
import type { Kernel } from "./kernels.ts";

export interface Snippet {
  readonly name: string;
  /** Kind of instruction by the cost table, or "adversary". */
  readonly of: string;
  /** Statements that are repeated. Locals: $a $b i32, $x $y i64, $f $g f64, $s f32, $v $w v128, $p i32. */
  readonly code: string;
  /** How often in the loop's body. */
  readonly times: number;
  /** Turns of the loop in a run. */
  readonly turns: number;
  readonly pages: number;
  /** Statements before the loop. */
  readonly before: string;
}

const chain = (variable: string, code: string): string => `(local.set ${variable} ${code})`;
const a = (code: string): string => chain("$a", code);
const x = (code: string): string => chain("$x", code);
const f = (code: string): string => chain("$f", code);
const v = (code: string): string => chain("$v", code);
/** The next number of a generator: nobody can predict its high bits. */
const NEXT = a("(i32.add (i32.mul (local.get $a) (i32.const 1664525)) (i32.const 1013904223))");
const [A, B, X, Y, F, G, V, W] = ["$a", "$b", "$x", "$y", "$f", "$g", "$v", "$w"].map((name) => `(local.get ${name})`);
const DENORMAL = "(local.set $f (f64.const 0x1p-1060)) (local.set $g (f64.const 0x1p-1061))";
/** Numbers so small that most processors take a long way. */
const DENORMALS = `${DENORMAL} (local.set $v (f64x2.splat ${F})) (local.set $w (f64x2.splat ${G}))`;

const snippet = (of: string, name: string, code: string, more: Partial<Snippet> = {}): Snippet => ({
  of,
  name,
  code,
  times: 32,
  turns: 20_000,
  pages: 64,
  before: "",
  ...more,
});

const TARGETS = Array.from({ length: 8 }, (_, i) => `$t${i}`);
const TABLE_JUMP = `${NEXT} ${TARGETS.map((name) => `(block ${name}`).join(" ")}
  (br_table ${TARGETS.join(" ")} (i32.shr_u ${A} (i32.const 29))))
  ${TARGETS.slice(1)
    .map((_, i) => `(local.set $b (i32.add ${B} (i32.const ${i + 3}))) (br $out))`)
    .join("\n")}`;

export const SNIPPETS: readonly Snippet[] = [
  snippet("alu", "32 bits, chain", a(`(i32.rotl (i32.xor ${A} ${B}) (i32.const 5))`)),
  snippet("alu", "64 bits, chain", x(`(i64.rotl (i64.xor ${X} ${Y}) (i64.const 5))`)),
  snippet("select", "chain", a(`(select (i32.add ${A} (i32.const 3)) ${B} (i32.lt_u ${A} ${B}))`)),
  snippet("mul", "32 bits, chain", a(`(i32.mul ${A} ${B})`)),
  snippet("mul", "64 bits, chain", x(`(i64.mul ${X} ${Y})`)),
  snippet("bits", "clz, popcnt, chain", a(`(i32.popcnt (i32.add (i32.clz ${A}) ${B}))`)),
  snippet("div32", "chain", a(`(i32.div_u (i32.const -1) (i32.or ${A} (i32.const 1)))`)),
  snippet("div32", "remainder, chain", a(`(i32.add (i32.rem_s ${B} (i32.or ${A} (i32.const 1))) ${B})`)),
  snippet("div64", "chain", x(`(i64.div_u (i64.const -1) (i64.or ${X} (i64.const 1)))`), { turns: 8_000 }),
  snippet("div64", "large remainder, chain", x(`(i64.rem_u (i64.const -1) (i64.or ${X} (i64.const 0x10001)))`), {
    turns: 8_000,
  }),
  snippet("fadd", "add, chain", f(`(f64.add ${F} ${G})`)),
  snippet("fadd", "multiply, chain", f(`(f64.mul ${F} (f64.const 1.0000001))`)),
  snippet("fdiv", "chain", f(`(f64.div ${G} ${F})`)),
  snippet("fsqrt", "chain", f(`(f64.sqrt (f64.add ${F} ${G}))`)),
  snippet("fminmax", "chain", f(`(f64.max (f64.min ${F} (f64.const 9)) ${G})`)),
  snippet("round", "chain", f(`(f64.nearest (f64.add ${F} (f64.const 0.6)))`)),
  snippet("convert", "to an integer and back, chain", a(`(i32.trunc_sat_f64_s (f64.convert_i32_s ${A}))`)),
  snippet(
    "convert",
    "trapping, 64 bits, chain",
    x(`(i64.trunc_f64_s (f64.convert_i64_s (i64.shr_s ${X} (i64.const 2))))`),
  ),
  snippet("load", "chain in the first cache", "(local.set $p (i32.load (local.get $p)))"),
  snippet("load", "apart", a(`(i32.add ${A} (i32.load offset=64 (local.get $p)))`)),
  snippet("store", "apart", `(i32.store offset=128 (local.get $p) ${A})`),
  snippet("load", "store and load again", `(i32.store (local.get $b) ${A}) ${a(`(i32.load ${B})`)}`),
  snippet("load", "globals", `(global.set $global (i32.add (global.get $global) ${A}))`),
  snippet("branch", "foreseen", `(if (local.get $n) (then ${a(`(i32.add ${A} (i32.const 1))`)}))`),
  snippet("branch", "not foreseen", `${NEXT} (if (i32.lt_s ${A} (i32.const 0)) (then (i32.store (i32.const 4) ${A})))`),
  snippet("table", "br_table, not foreseen", `(block $out ${TABLE_JUMP})`, { times: 8 }),
  snippet(
    "indirect",
    "not foreseen",
    `${NEXT} (local.set $b (call_indirect (type $small) ${B} (i32.shr_u ${A} (i32.const 28))))`,
  ),
  snippet("call", "not inlined", `(local.set $b (call $deep ${B} (i32.and (local.get $n) (i32.const 7))))`, {
    times: 4,
  }),
  snippet("tableGet", "get", "(drop (ref.is_null (table.get (local.get $p))))"),
  snippet("tableSet", "get and set", "(table.set (i32.const 1) (table.get (i32.const 2)))", { turns: 3_000 }),
  snippet("funcref", "ref.func and set", "(table.set (i32.const 1) (ref.func $s2))", { turns: 3_000 }),
  snippet("bulk", "copy of nothing", "(memory.copy (i32.const 0) (i32.const 64) (i32.const 0))", { turns: 5_000 }),
  snippet("bulk", "copy of 1 KiB", "(memory.copy (i32.const 0) (i32.const 4096) (i32.const 1024))", { turns: 2_000 }),
  snippet("bulk", "copy of 2 MiB", "(memory.copy (i32.const 0) (i32.const 2097152) (i32.const 2097152))", {
    times: 1,
    turns: 20,
  }),
  snippet("bulk", "fill of 4 MiB", "(memory.fill (i32.const 0) (i32.const 1) (i32.const 4194304))", {
    times: 1,
    turns: 20,
  }),
  snippet("bulk", "table.copy of 16", "(table.copy (i32.const 0) (i32.const 4) (i32.const 12))", { turns: 500 }),
  snippet("bulk", "table.fill of 16", "(table.fill (i32.const 0) (ref.func $s3) (i32.const 16))", { turns: 500 }),
  snippet("grow", "memory.grow by 0", "(drop (memory.grow (i32.const 0)))", { turns: 100 }),
  snippet("vector", "i32x4.add, chain", v(`(i32x4.add ${V} ${W})`)),
  snippet("vmul", "i8x16.shuffle, chain", v(`(i8x16.shuffle 1 5 3 7 16 9 8 4 2 10 31 30 29 12 13 6 ${V} ${W})`)),
  snippet("vmul", "i32x4.dot, chain", v(`(i32x4.dot_i16x8_s ${V} ${W})`)),
  snippet("vlong", "i64x2.mul, chain", v(`(i64x2.mul ${V} ${W})`)),
  snippet("vlong", "i8x16.popcnt, chain", v(`(i8x16.popcnt (i8x16.add ${V} ${W}))`)),
  snippet("vlong", "i8x16.shr_s, chain", v(`(i8x16.shr_s ${V} (local.get $b))`)),
  snippet("vconvert", "i32x4.trunc_sat_f32x4_u, chain", v(`(i32x4.trunc_sat_f32x4_u ${V})`)),
  snippet("vminmax", "f32x4.min, chain", v(`(f32x4.min ${V} ${W})`)),
  snippet("vdiv", "f64x2.div, chain", v(`(f64x2.div ${W} ${V})`)),
  snippet("vsqrt", "f64x2.sqrt, chain", v(`(f64x2.sqrt ${V})`)),
  snippet("adversary", "loads that miss the caches, 4 MiB", "(local.set $p (i32.load (local.get $p)))", {
    before: "(call $scatter (i32.const 65536))",
    turns: 1_000,
  }),
  snippet("adversary", "loads that miss the caches, 64 MiB", "(local.set $p (i32.load (local.get $p)))", {
    before: "(call $scatter (i32.const 1048576))",
    pages: 1024,
    turns: 500,
  }),
  snippet("adversary", "denormal products, chain", f(`(f64.mul (f64.add ${F} ${G}) (f64.const 0.75))`), {
    before: DENORMAL,
    turns: 2_000,
  }),
  snippet(
    "adversary",
    "denormal products of vectors",
    v(`(f64x2.mul (f64x2.add ${V} ${W}) (f64x2.splat (f64.const 0.75)))`),
    {
      before: DENORMALS,
      turns: 2_000,
    },
  ),
  snippet(
    "adversary",
    "loads across pages",
    x("(i64.load offset=4092 (i32.wrap_i64 (i64.and (local.get $x) (i64.const 0))))"),
  ),
  snippet(
    "adversary",
    "stores that loads overlap",
    `(i32.store8 offset=1 (local.get $b) ${A}) ${a(`(i32.load ${B})`)}`,
  ),
  snippet(
    "adversary",
    "a store on each page in turn",
    `(i32.store8 (i32.and ${B} (i32.const 0x3ffffff)) ${A})
    (local.set $b (i32.add ${B} (i32.const 4160)))`,
    { pages: 1024, turns: 3_000 },
  ),
];

const MODULE_HEAD = `(type $small (func (param i32) (result i32)))
  (table 16 16 funcref)
  (elem (i32.const 0) ${Array.from({ length: 16 }, (_, i) => `$s${i}`).join(" ")})
  (global $global (mut i32) (i32.const 1))
  ${Array.from({ length: 16 }, (_, i) => `(func $s${i} (type $small) (i32.add (local.get 0) (i32.const ${i})))`).join("\n")}
  (func $deep (param i32 i32) (result i32)
    (if (result i32) (i32.eqz (local.get 1))
      (then (local.get 0))
      (else (call $deep (i32.add (local.get 0) (i32.const 1)) (i32.sub (local.get 1) (i32.const 1))))))
  (func $scatter (param $nodes i32) (local $i i32)
    (loop $each
      (i32.store
        (i32.shl (local.get $i) (i32.const 6))
        (i32.shl
          (i32.and
            (i32.add (i32.mul (local.get $i) (i32.const 1664525)) (i32.const 1013904223))
            (i32.sub (local.get $nodes) (i32.const 1)))
          (i32.const 6)))
      (br_if $each (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $nodes)))))`;

/** The snippet as a kernel: setting up runs what comes before, each run the loop. */
export function moduleOf({ name, code, times, before, pages }: Snippet): Uint8Array<ArrayBuffer> {
  // Labels of a snippet are its own: each repetition is a block.
  const body = Array.from({ length: times }, () => code).join("\n");
  const locals =
    "(local $a i32) (local $b i32) (local $p i32) (local $x i64) (local $y i64) (local $f f64) (local $g f64)";
  return assemble(
    `(module (memory (export "memory") ${pages} ${pages}) ${MODULE_HEAD}
      (func (export "setup") (param i32) ${locals} (local $v v128) (local $w v128)
        ${before.includes("call") ? before : ""})
      (func (export "run") (param $n i32) (result i32) ${locals} (local $v v128) (local $w v128)
        (local.set $a (i32.const 12345)) (local.set $b (i32.or (local.get $n) (i32.const 256)))
        (local.set $x (i64.const 987654321)) (local.set $y (i64.or (i64.extend_i32_u (local.get $n)) (i64.const 0x1234567890abcdf)))
        (local.set $f (f64.const 1.5)) (local.set $g (f64.const 1.25))
        (local.set $v (v128.const f32x4 1.5 2.5 3.5 4.5)) (local.set $w (v128.const f32x4 1.25 2.25 3.25 1e9))
        ${before.includes("call") ? "" : before}
        (loop $again ${body} (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
        (i32.add (i32.add (i32.add (local.get $a) (local.get $b)) (i32.add (local.get $p) (i32.wrap_i64 (local.get $x))))
          (i32.add (i32.trunc_sat_f64_s (local.get $f)) (i32x4.extract_lane 0 (local.get $v))))))`,
    `${name}.wat`,
  );
}

export const kernelOf = ({ of, name, turns, pages }: Snippet): Kernel => ({
  name: `${of}: ${name}`,
  class: "numeric",
  size: turns,
  pages,
  language: "wat",
});
