// An algorithm that answers with its input, with every kind of field, and values for it: how a caller may spell them, and
// how the SDK writes them.
import fc from "fast-check";
import { shortestFloat32, textOf } from "./decimals.ts";

export const ECHO = `import { Optional, Utf8 } from "orcade";
class Base { id: u64; note: Optional<string | null>; }
class Inner extends Base { name: string; weight: f64 = 0.5; }
class All {
  flag: bool; a: i8; b: u8; c: i16; d: u16; e: i32; f: u32; g: i64; h: u64; x: f32; y: f64;
  text: string; utf8: Utf8; maybe: string | null; bytes: Uint8Array; few: Float32Array;
  opt: Optional<i32>; optText: Optional<string | null>; optInner: Optional<Inner | null>;
  inner: Inner; orNull: Inner | null; list: Inner[]; grid: f64[][]; big: i64[]; names: StaticArray<string | null>;
  table: Map<string, Inner | null>; deep: Map<string, Map<string, bool[]>[]>; utf8s: Utf8[];
}
export function apply(input: All): All { return input; }`;

/** What is sent, in one of many spellings, and what must come back. */
interface Spelled {
  readonly sent: string;
  readonly back: string;
}

/** A field that is left out. */
const ABSENT = undefined;
type Maybe = Spelled | typeof ABSENT;

const space = fc.constantFrom("", "", "", " ", "\n", "\t \r\n");

const SHORT: Readonly<Record<string, string>> = { "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** Spells one UTF-16 unit or pair: raw where that is allowed, or escaped. */
function spellPart(part: string, way: number): string {
  const escaped = [...Array(part.length).keys()].map((i) => {
    const hex = part.charCodeAt(i).toString(16).padStart(4, "0");
    return `\\u${way % 2 === 0 ? hex : hex.toUpperCase()}`;
  });
  const mustEscape = part < " " || part === '"' || part === "\\" || /^[\ud800-\udfff]$/.test(part);
  if (way > 3 && !mustEscape) return part;
  if (way > 1 && part in SHORT) return SHORT[part] ?? part;
  if (way > 1 && /^["\\/]$/.test(part)) return `\\${part}`;
  return escaped.join("");
}

const anyString = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 }).map((units) => String.fromCharCode(...units)),
  fc.array(fc.integer({ min: 0xd7ff, max: 0xe000 }), { maxLength: 8 }).map((units) => String.fromCharCode(...units)),
  fc.array(fc.integer({ min: 0, max: 0x80 }), { maxLength: 100 }).map((units) => String.fromCharCode(...units)),
);

export const string: fc.Arbitrary<Spelled> = fc
  .tuple(anyString, fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 9 }))
  .map(([value, ways]) => {
    const parts = (value.match(/[^]/gu) ?? []).map((part, i) => spellPart(part, ways[i % ways.length] ?? 0));
    return { sent: `"${parts.join("")}"`, back: JSON.stringify(value) };
  });

/** The ways to write an integer: with a point, with an exponent, both ways round. */
function spellInteger(value: bigint, way: number): string {
  if (way === 1) return `${value}.00`;
  if (way === 2) return `${value}E+0`;
  if (way === 3 && value !== 0n) return `${value}000e-3`;
  if (way === 4 && value % 100n === 0n) return `${value / 100n}e2`;
  return String(value);
}

const integer = (min: bigint, max: bigint): fc.Arbitrary<Spelled> =>
  fc
    .tuple(fc.oneof(fc.constantFrom(min, max, 0n, 100n), fc.bigInt({ min, max })), fc.integer({ min: 0, max: 12 }))
    .map(([value, way]) => ({ sent: spellInteger(value, way), back: String(value) }));

const signed = (bits: bigint) => integer(-(1n << (bits - 1n)), (1n << (bits - 1n)) - 1n);
const unsigned = (bits: bigint) => integer(0n, (1n << bits) - 1n);

const float = (single: boolean): fc.Arbitrary<Spelled> =>
  (single ? fc.float() : fc.double()).map((value) => {
    if (Number.isNaN(value)) return { sent: "null", back: "null" };
    if (!Number.isFinite(value))
      return value > 0 ? { sent: "1e999", back: "1e999" } : { sent: "-1E+400", back: "-1e999" };
    if (!single || value === 0) return { sent: textOf(value), back: textOf(value) };
    return { sent: textOf(value), back: (value < 0 ? "-" : "") + shortestFloat32(Math.abs(value)) };
  });

const bool = fc.boolean().map((value) => ({ sent: String(value), back: String(value) }));
const orNull = (of: fc.Arbitrary<Spelled>): fc.Arbitrary<Spelled> =>
  fc.oneof({ weight: 3, arbitrary: of }, { weight: 1, arbitrary: fc.constant({ sent: "null", back: "null" }) });
const orAbsent = (of: fc.Arbitrary<Spelled>): fc.Arbitrary<Maybe> =>
  fc.oneof({ weight: 2, arbitrary: of }, { weight: 1, arbitrary: fc.constant(ABSENT) });

const array = (of: fc.Arbitrary<Spelled>, maxLength = 4): fc.Arbitrary<Spelled> =>
  fc.tuple(fc.array(of, { maxLength }), space).map(([items, gap]) => ({
    sent: `[${gap}${items.map((item) => item.sent + gap).join(`,${gap}`)}]`,
    back: `[${items.map((item) => item.back).join(",")}]`,
  }));

const map = (of: fc.Arbitrary<Spelled>): fc.Arbitrary<Spelled> =>
  fc
    .tuple(fc.uniqueArray(fc.tuple(string, of), { maxLength: 4, selector: ([key]) => key.back }), space)
    .map(([entries, gap]) => ({
      sent: `{${gap}${entries.map(([key, value]) => `${key.sent}${gap}:${gap}${value.sent}`).join(`${gap},${gap}`)}${gap}}`,
      back: `{${entries.map(([key, value]) => `${key.back}:${value.back}`).join(",")}}`,
    }));

/** An object whose fields are sent in any order, and come back in that of the class. */
function object(fields: Readonly<Record<string, fc.Arbitrary<Maybe>>>): fc.Arbitrary<Spelled> {
  const names = Object.keys(fields);
  return fc
    .tuple(fc.record(fields), fc.shuffledSubarray(names, { minLength: names.length }), space)
    .map(([values, order, gap]) => {
      const sent = order.flatMap((name) => {
        const value = values[name];
        return value === ABSENT ? [] : [`${gap}"${name}"${gap}:${gap}${value.sent}${gap}`];
      });
      const back = names.flatMap((name) => {
        const value = values[name];
        return value === ABSENT ? [] : [`"${name}":${value.back}`];
      });
      return { sent: `{${sent.join(",")}}`, back: `{${back.join(",")}}` };
    });
}

const inner = object({ id: unsigned(64n), note: orAbsent(orNull(string)), name: string, weight: float(false) });

export const all = object({
  flag: bool,
  a: signed(8n),
  b: unsigned(8n),
  c: signed(16n),
  d: unsigned(16n),
  e: signed(32n),
  f: unsigned(32n),
  g: signed(64n),
  h: unsigned(64n),
  x: float(true),
  y: float(false),
  text: string,
  utf8: string,
  maybe: orNull(string),
  bytes: array(unsigned(8n), 40),
  few: array(float(true)),
  opt: orAbsent(signed(32n)),
  optText: orAbsent(orNull(string)),
  optInner: orAbsent(orNull(inner)),
  inner,
  orNull: orNull(inner),
  list: array(inner),
  grid: array(array(float(false))),
  big: array(signed(64n)),
  names: array(orNull(string)),
  table: map(orNull(inner)),
  deep: map(array(map(array(bool)))),
  utf8s: array(string),
});
