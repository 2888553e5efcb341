// Regular expressions of the strings' methods, the part of Java's that can be matched in linear time: literals, classes, `.`, groups,
// alternatives, `* + ?` and counts `{m,n}`, each also reluctant (`*?`), `^ $ \b \B` and the usual escapes. No back references, no lookaround.

/** Inclusive ranges of code units; `not`: all others. */
export interface Ranges {
  readonly not: boolean;
  readonly ranges: readonly (readonly [number, number])[];
}

export type Regex =
  | { readonly kind: "empty" }
  | { readonly kind: "set"; readonly set: Ranges }
  | { readonly kind: "edge"; readonly edge: "^" | "$" | "b" | "B" }
  | { readonly kind: "then" | "or"; readonly parts: readonly Regex[] }
  | {
      readonly kind: "repeat";
      readonly part: Regex;
      readonly least: number;
      readonly most: number;
      readonly greedy: boolean;
    }
  | { readonly kind: "group"; readonly part: Regex; readonly number: number };

/** Nesting of groups; and counts: `x{1000}` is written out a thousand times. */
const DEPTH = 100;
const COUNT = 1_000;
const LAST = 0xffff;

const DIGIT: Ranges["ranges"] = [[48, 57]];
const WORD: Ranges["ranges"] = [
  [48, 57],
  [65, 90],
  [95, 95],
  [97, 122],
];
const SPACE: Ranges["ranges"] = [
  [9, 13],
  [32, 32],
];
const LINE_END: Ranges["ranges"] = [
  [10, 10],
  [13, 13],
  [0x85, 0x85],
  [0x2028, 0x2029],
];
const CLASSES: Readonly<Record<string, Ranges>> = {
  d: { not: false, ranges: DIGIT },
  D: { not: true, ranges: DIGIT },
  w: { not: false, ranges: WORD },
  W: { not: true, ranges: WORD },
  s: { not: false, ranges: SPACE },
  S: { not: true, ranges: SPACE },
};
const CONTROLS: Readonly<Record<string, number>> = { t: 9, n: 10, r: 13, f: 12, a: 7, e: 27 };

/** @returns the parsed expression, undefined if it is malformed or not of the linear part */
export function parsePattern(text: string): Regex | undefined {
  return new Parser(text).whole();
}

class Parser {
  private readonly text: string;
  private at = 0;
  private groups = 0;
  constructor(text: string) {
    this.text = text;
  }

  whole(): Regex | undefined {
    const regex = this.alternatives(0);
    return this.at === this.text.length ? regex : undefined;
  }

  private takes(token: string): boolean {
    if (!this.text.startsWith(token, this.at)) return false;
    this.at += token.length;
    return true;
  }

  private alternatives(depth: number): Regex | undefined {
    if (depth > DEPTH) return undefined;
    const parts: Regex[] = [];
    do {
      const part = this.sequence(depth);
      if (part === undefined) return undefined;
      parts.push(part);
    } while (this.takes("|"));
    return parts.length === 1 ? parts[0] : { kind: "or", parts };
  }

  private sequence(depth: number): Regex | undefined {
    const parts: Regex[] = [];
    while (this.at < this.text.length && this.text[this.at] !== "|" && this.text[this.at] !== ")") {
      const atom = this.atom(depth);
      const part = atom === undefined ? undefined : this.repeated(atom);
      if (part === undefined) return undefined;
      parts.push(part);
    }
    return { kind: "then", parts };
  }

  private repeated(part: Regex): Regex | undefined {
    const counts = this.counts();
    if (counts === undefined) return part;
    const [least, most] = counts;
    if (least > most || least > COUNT || (most > COUNT && most !== Infinity)) return undefined;
    const greedy = !this.takes("?");
    return this.takes("+") ? undefined : { kind: "repeat", part, least, most, greedy };
  }

  private counts(): readonly [number, number] | undefined {
    if (this.takes("*")) return [0, Infinity];
    if (this.takes("+")) return [1, Infinity];
    if (this.takes("?")) return [0, 1];
    const found = /^\{(\d{1,4})(,(\d{1,4})?)?\}/.exec(this.text.slice(this.at, this.at + 12));
    if (found === null) return undefined;
    this.at += found[0].length;
    const least = Number(found[1]);
    return [least, found[2] === undefined ? least : found[3] === undefined ? Infinity : Number(found[3])];
  }

  private atom(depth: number): Regex | undefined {
    const unit = this.text[this.at++] as string;
    if (unit === "(") return this.group(depth);
    if (unit === "[") return this.set();
    if (unit === "\\") return this.escape();
    if (unit === ".") return { kind: "set", set: { not: true, ranges: LINE_END } };
    if (unit === "^" || unit === "$") return { kind: "edge", edge: unit };
    return "*+?{".includes(unit) ? undefined : literal(unit.charCodeAt(0));
  }

  private group(depth: number): Regex | undefined {
    const plain = this.takes("?:");
    if (!plain && this.text[this.at] === "?") return undefined;
    const number = plain ? 0 : ++this.groups;
    const part = this.alternatives(depth + 1);
    if (part === undefined || !this.takes(")")) return undefined;
    return plain ? part : { kind: "group", part, number };
  }

  private escape(): Regex | undefined {
    const unit = this.text[this.at];
    if (unit === "b" || unit === "B") {
      this.at++;
      return { kind: "edge", edge: unit };
    }
    const set = this.escaped();
    return set === undefined ? undefined : { kind: "set", set };
  }

  /** What follows a backslash, in a class or outside. */
  private escaped(): Ranges | undefined {
    const hex = /^(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2}))/.exec(this.text.slice(this.at, this.at + 5));
    if (hex !== null) {
      this.at += hex[0].length;
      return single(Number.parseInt(hex[1] ?? hex[2] ?? "", 16));
    }
    const unit = this.text[this.at++];
    if (unit === undefined) return undefined;
    const known = CLASSES[unit];
    if (known !== undefined) return known;
    const control = CONTROLS[unit];
    if (control !== undefined) return single(control);
    return /[A-Za-z0-9]/.test(unit) ? undefined : single(unit.charCodeAt(0));
  }

  private set(): Regex | undefined {
    const not = this.takes("^");
    const ranges: (readonly [number, number])[] = [];
    for (let first = true; first || this.text[this.at] !== "]"; first = false) {
      const from = this.member();
      if (from === undefined) return undefined;
      const to = this.text[this.at] === "-" && this.text[this.at + 1] !== "]" ? this.upTo() : from;
      const range = to === undefined ? undefined : spanned(from, to);
      if (range === undefined) return undefined;
      ranges.push(...range);
    }
    this.at++;
    return { kind: "set", set: { not, ranges } };
  }

  private upTo(): Ranges | undefined {
    this.at++;
    return this.member();
  }

  private member(): Ranges | undefined {
    const unit = this.text[this.at++];
    if (unit === undefined || unit === "[") return undefined;
    if (unit === "&" && this.text[this.at] === "&") return undefined;
    return unit === "\\" ? this.escaped() : single(unit.charCodeAt(0));
  }
}

const single = (unit: number): Ranges => ({ not: false, ranges: [[unit, unit]] });
const literal = (unit: number): Regex => ({ kind: "set", set: single(unit) });

/** @returns the ranges of a class member: one set, or from one unit to another */
function spanned(from: Ranges, to: Ranges): Ranges["ranges"] | undefined {
  if (from === to) return from.not ? inverted(from.ranges) : from.ranges;
  const low = from.ranges[0]?.[0] ?? 0;
  const high = to.ranges[0]?.[1] ?? 0;
  const units = [from, to].every(
    (set) => !set.not && set.ranges.length === 1 && set.ranges[0]?.[0] === set.ranges[0]?.[1],
  );
  return units && low <= high ? [[low, high]] : undefined;
}

/** @returns the ranges between the given ones, which are in order */
function inverted(ranges: Ranges["ranges"]): Ranges["ranges"] {
  const out: (readonly [number, number])[] = [];
  let from = 0;
  for (const [low, high] of ranges) {
    if (low > from) out.push([from, low - 1]);
    from = high + 1;
  }
  return from <= LAST ? [...out, [from, LAST]] : out;
}
