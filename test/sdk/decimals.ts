// Exact arithmetic on decimal text and doubles, as the reference for the SDK's reading and printing of numbers.

interface Ratio {
  readonly over: bigint;
  readonly under: bigint;
}

/** The exact value of a decimal like `12.5e-3`, without its sign. */
export function ratioOfDecimal(text: string): Ratio {
  const [, whole = "", fraction = "", power = "0"] = /^-?(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i.exec(text) ?? [];
  const digits = BigInt(whole + fraction);
  const exponent = Number(power) - fraction.length;
  return exponent >= 0
    ? { over: digits * 10n ** BigInt(exponent), under: 1n }
    : { over: digits, under: 10n ** BigInt(-exponent) };
}

const view = new DataView(new ArrayBuffer(8));

export function bitsOf(value: number): bigint {
  view.setFloat64(0, value);
  return view.getBigUint64(0);
}

export function fromBits(bits: bigint): number {
  view.setBigUint64(0, bits);
  return view.getFloat64(0);
}

export function bitsOf32(value: number): number {
  view.setFloat32(0, value);
  return view.getUint32(0);
}

export function fromBits32(bits: number): number {
  view.setUint32(0, bits);
  return view.getFloat32(0);
}

/** The exact value of a finite double, without its sign. */
export function ratioOfDouble(value: number): Ratio {
  const bits = bitsOf(Math.abs(value));
  const e = Number(bits >> 52n);
  const m = (bits & 0xfffffffffffffn) | (e > 0 ? 1n << 52n : 0n);
  const shift = Math.max(e, 1) - 1075;
  return shift >= 0 ? { over: m << BigInt(shift), under: 1n } : { over: m, under: 1n << BigInt(-shift) };
}

/** Less than 0, 0 or greater than 0. */
export function compareRatios(a: Ratio, b: Ratio): number {
  const left = a.over * b.under;
  const right = b.over * a.under;
  return left < right ? -1 : left > right ? 1 : 0;
}

/** All decimal digits of a ratio whose denominator is a power of two. */
export function decimalOf({ over, under }: Ratio): string {
  const places = under.toString(2).length - 1;
  const digits = (over * 5n ** BigInt(places)).toString().padStart(places + 1, "0");
  return places === 0 ? digits : `${digits.slice(0, -places)}.${digits.slice(-places)}`;
}

/** The point halfway between a positive double and the next, in all its digits. */
export function halfwayAbove(value: number): string {
  const { over, under } = ratioOfDouble(value);
  const next = ratioOfDouble(fromBits(bitsOf(value) + 1n));
  return decimalOf({ over: over * next.under + next.over * under, under: under * next.under * 2n });
}

/** The 32-bit number nearest to a decimal, ties to even: rounded once, unlike `Math.fround(Number(text))`. */
export function nearestFloat32(text: string): number {
  const rough = Math.abs(Number(text));
  const sign = text.startsWith("-") ? -1 : 1;
  if (rough === Infinity || rough === 0) return sign * rough;
  let lower = bitsOf32(Math.fround(rough));
  if (fromBits32(lower) > rough) lower -= 1;
  const low = fromBits32(lower);
  const high = fromBits32(lower + 1);
  // Two neighbours have few enough bits for a double to hold their middle; above the largest stands 2^128.
  const middle = low / 2 + (high === Infinity ? 2 ** 128 : high) / 2;
  const order = compareRatios(ratioOfDecimal(text), ratioOfDouble(middle));
  return sign * (order < 0 || (order === 0 && lower % 2 === 0) ? low : high);
}

/** The decimals of so many digits on both sides of a number: below a power of two the next number is nearer than above. */
function candidates(value: number, digits: number): readonly string[] {
  const [mantissa = "", exponent = ""] = value.toExponential(digits - 1).split("e");
  const whole = Number(mantissa.replace(".", ""));
  const even = [whole - 1, whole, whole + 1].sort((a, b) => (a % 2) - (b % 2));
  return even.map((each) => `${each}e${Number(exponent) - digits + 1}`);
}

function distance(text: string, value: number): Ratio {
  const [a, b] = [ratioOfDecimal(text), ratioOfDouble(value)];
  const over = a.over * b.under - b.over * a.under;
  return { over: over < 0n ? -over : over, under: a.under * b.under };
}

/** The shortest decimal that reads back as the same 32-bit number, as JavaScript would print it. */
export function shortestFloat32(value: number): string {
  for (let digits = 1; digits <= 9; digits++) {
    const near = candidates(value, digits).filter((text) => nearestFloat32(text) === value);
    // The closest; of two as close the even one, which is written first.
    near.sort((a, b) => compareRatios(distance(a, value), distance(b, value)));
    if (near[0] !== undefined) return textOf(Number(near[0]));
  }
  return "none";
}

/** As the SDK writes a finite double. */
export const textOf = (value: number): string => (Object.is(value, -0) ? "-0" : String(value));
