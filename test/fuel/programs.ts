// Makes random programs in the text format that end: loops of every shape, counted and not, with exits in the middle,
// branch tables, returns, traps and calls of each kind. What a fuzzer of instructions seldom makes is what runs long.

/** Numbers of mulberry32, a small generator of 32 bits. */
class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  }

  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }
}

type Width = 32 | 64;

/** Parameters 0 and 1 and locals up to this one are what programs compute with; those behind count turns. */
const VALUES = 5;
const COUNTERS = 8;
const FUNCTIONS = 5;
const DEPTH = 4;

/** What a loop is tested by, and how its counter moves: each ends. */
const UPWARDS = ["lt_s", "lt_u", "le_s", "le_u", "ne"];
const DOWNWARDS = ["gt_s", "ge_s", "ne"];
const OPPOSITE: Readonly<Record<string, string>> = {
  lt_s: "ge_s",
  lt_u: "ge_u",
  le_s: "gt_s",
  le_u: "gt_u",
  gt_s: "le_s",
  ge_s: "lt_s",
  ne: "eq",
};

class Program {
  readonly #chance: Chance;
  readonly #index: number;
  /** Of each label around, innermost last: whether a branch to it may be taken (it leads on), or may not (a loop's head). */
  readonly #labels: ("out" | "gas" | "never")[] = [];
  #counters = 0;

  constructor(chance: Chance, index: number) {
    this.#chance = chance;
    this.#index = index;
  }

  text(): string {
    const locals = Array.from({ length: VALUES - 2 }, () => "i32").join(" ");
    const counters = Array.from({ length: COUNTERS }, () => "i32 i64").join(" ");
    const body = this.#statements(DEPTH);
    return `(func $f${this.#index} (export "f${this.#index}") (type $t) (local ${locals} ${counters})
      ${body} ${this.#expression(2)})`;
  }

  #statements(depth: number): string {
    const count = 1 + this.#chance.below(4);
    return Array.from({ length: count }, () => this.#statement(depth)).join("\n");
  }

  #statement(depth: number): string {
    const kinds = ["set", "set", "set", "store", "leave", "leave", "call", "bulk"];
    if (depth > 0) kinds.push("if", "if", "else", "block", "counted", "counted", "counted", "gas", "table", "carry");
    switch (this.#chance.of(kinds)) {
      case "store":
        return `(i32.store8 ${this.#address()} ${this.#expression(1)})`;
      case "leave":
        return this.#leave();
      case "call":
        return `(local.set ${this.#value()} ${this.#call()})`;
      case "bulk":
        return `(memory.fill (i32.and ${this.#expression(1)} (i32.const 1023)) ${this.#expression(0)} (i32.and ${this.#expression(1)} (i32.const 63)))`;
      case "if":
        return `(if ${this.#expression(1)} (then ${this.#inside("out", depth)}))`;
      case "else":
        return `(if ${this.#expression(1)} (then ${this.#inside("out", depth)}) (else ${this.#inside("out", depth)}))`;
      case "block":
        return `(block ${this.#inside("out", depth)})`;
      case "counted":
        return this.#counters < COUNTERS ? this.#counted(depth) : this.#gas(depth);
      case "gas":
        return this.#gas(depth);
      case "table":
        return this.#table(depth);
      case "carry":
        return `(local.set ${this.#value()} (block (result i32) (drop (br_if 0 ${this.#expression(1)} ${this.#expression(1)})) ${this.#expression(1)}))`;
      default:
        return `(local.set ${this.#value()} ${this.#expression(2)})`;
    }
  }

  #inside(label: "out" | "gas" | "never", depth: number): string {
    this.#labels.push(label);
    const text = this.#statements(depth - 1);
    this.#labels.pop();
    return text;
  }

  #value(): number {
    return this.#chance.below(VALUES);
  }

  #address(): string {
    const masked = `(i32.and ${this.#expression(1)} (i32.const 0x7fff))`;
    return this.#chance.below(40) === 0 ? this.#expression(1) : masked;
  }

  #expression(depth: number): string {
    const { below, of } = {
      below: (n: number) => this.#chance.below(n),
      of: <T>(l: readonly T[]) => this.#chance.of(l),
    };
    if (depth === 0 || below(4) === 0) {
      return below(3) === 0 ? `(i32.const ${below(20) - 3})` : `(local.get ${this.#value()})`;
    }
    const two = (): string => `${this.#expression(depth - 1)} ${this.#expression(depth - 1)}`;
    switch (below(9)) {
      case 0:
        return `(i32.load8_u ${this.#address()})`;
      case 1:
        return `(select ${two()} ${this.#expression(depth - 1)})`;
      case 2:
        return `(i32.rem_u ${this.#expression(depth - 1)} (i32.or ${this.#expression(depth - 1)} (i32.const ${below(20) === 0 ? 0 : 1})))`;
      case 3:
        return `(local.tee ${this.#value()} ${this.#expression(depth - 1)})`;
      default:
        return `(i32.${of(["add", "sub", "mul", "xor", "and", "shr_u", "lt_s", "eq", "rotl"])} ${two()})`;
    }
  }

  /** A call of a function behind this one, so that all calls end. */
  #call(): string {
    const next = this.#index + 1;
    if (next >= FUNCTIONS) return this.#expression(2);
    const callee = next + this.#chance.below(FUNCTIONS - next);
    const given = `${this.#expression(1)} ${this.#expression(1)}`;
    if (this.#chance.below(3) > 0) return `(call $f${callee} ${given})`;
    return `(call_indirect (type $t) ${given} (i32.const ${callee}))`;
  }

  /** A branch out of something, a return, a tail call or a trap. */
  #leave(): string {
    const targets = this.#labels.map((label, at) => ({ label, depth: this.#labels.length - 1 - at }));
    const open = targets.filter(({ label }) => label !== "never");
    const kind = this.#chance.below(12);
    if (kind === 0) return `(if ${this.#expression(1)} (then (return ${this.#expression(1)})))`;
    if (kind === 1 && this.#index + 1 < FUNCTIONS) {
      const call = this.#call().replace(/^\(call/, "(return_call");
      return call.startsWith("(return_call") ? `(if ${this.#expression(1)} (then ${call}))` : "nop";
    }
    if (kind === 2) return `(if (i32.eq ${this.#expression(1)} (i32.const 77)) (then unreachable))`;
    if (open.length === 0) return "nop";
    const { depth } = this.#chance.of(open);
    if (kind === 3) return `(br_table ${depth} ${this.#chance.of(open).depth} ${depth} ${this.#expression(1)})`;
    if (kind < 5) return `(if ${this.#expression(1)} (then (br ${depth + 1})))`;
    return kind === 5 ? `(br ${depth})` : `(br_if ${depth} ${this.#expression(1)})`;
  }

  #table(depth: number): string {
    const ways = 2 + this.#chance.below(3);
    const names = Array.from({ length: ways + 1 }, () => this.#chance.below(ways)).join(" ");
    let text = `(br_table ${names} ${this.#expression(1)})`;
    for (let way = 0; way < ways; way++) {
      // Behind the end of a way the labels of those around it are open.
      const around = ways - 1 - way;
      for (let at = 0; at < around; at++) this.#labels.push("out");
      text = `(block ${text}) ${depth > 1 && way < ways ? this.#statement(depth - 2) : "nop"}`;
      for (let at = 0; at < around; at++) this.#labels.pop();
    }
    return text;
  }

  /** A loop that goes on as it likes while there is gas: each turn takes some, and none left ends the function. */
  #gas(depth: number): string {
    const body = this.#inside("gas", depth);
    this.#labels.push("gas");
    const more = this.#expression(1);
    this.#labels.pop();
    const on = this.#chance.of([
      `(br_if 0 ${more})`,
      "(br 0)",
      `(if ${more} (then (br 1)))`,
      `(br_table 0 1 0 ${more})`,
      "",
    ]);
    return `(block (loop (global.set $gas (i32.sub (global.get $gas) (i32.const 1)))
      (if (i32.lt_s (global.get $gas) (i32.const 0)) (then (return (i32.const -9))))
      ${body} ${on}))`;
  }

  #counted(depth: number): string {
    const width: Width = this.#chance.below(3) === 0 ? 64 : 32;
    const counter = VALUES + 2 * this.#counters++ + (width === 32 ? 0 : 1);
    const type = `i${width}`;
    const up = this.#chance.below(2) === 0;
    const relation = this.#chance.of(up ? UPWARDS : DOWNWARDS);
    const size = this.#chance.of([1, 1, 1, 2, 3, 8]);
    const turns = this.#chance.of([0, 1, 2, 3, 7, 20]);
    const from = this.#chance.below(100) + 200;
    const first = `(${type}.const ${from})`;
    const distance = (relation === "ne" ? Math.max(1, turns) : turns) * size;
    const end = up ? from + distance : from - distance;
    const fixed = `(${type}.const ${end})`;
    const step = up
      ? `${type}.add (local.get ${counter}) (${type}.const ${size})`
      : `${type}.sub (local.get ${counter}) (${type}.const ${size})`;
    const start = `(local.set ${counter} ${first})`;
    const move = `(local.set ${counter} (${step}))`;
    const test = (name: string, left = `(local.get ${counter})`): string => `(${type}.${name} ${left} ${fixed})`;
    const simple = this.#chance.below(2) === 0;
    const inside = (labels: readonly ("out" | "never")[]): string => {
      this.#labels.push(...labels);
      const text = simple ? this.#plain() : this.#statements(depth - 1);
      for (const _ of labels) this.#labels.pop();
      return text;
    };
    // Whoever leaves or goes on by another way would not move the counter, so the loop's own label is never a target.
    switch (this.#chance.below(4)) {
      case 0:
        return `${start} (block (loop (if ${test(relation)} (then ${inside(["out", "never", "never"])} ${move} (br 1)))))`;
      case 1:
        return `${start} (block (loop (br_if 1 ${test(OPPOSITE[relation] ?? "")}) ${move} ${inside(["out", "never"])} (br 0)))`;
      case 2:
        return `${start} (block (loop ${inside(["out", "never"])} ${move} (br_if 0 ${test(relation)})))`;
      default:
        return `${start} (block (loop ${inside(["out", "never"])} (br_if 0 ${test(relation, `(local.tee ${counter} (${step}))`)}) ${this.#plain()}))`;
    }
  }

  /** Straight code, so that a loop around it can be paid ahead. */
  #plain(): string {
    const one = (): string => `(local.set ${this.#value()} ${this.#expression(2)})`;
    const kinds = [
      one(),
      `${one()} (if ${this.#expression(1)} (then ${one()}))`,
      `(i32.store8 ${this.#address()} ${this.#expression(1)})`,
    ];
    return this.#chance.of(kinds);
  }
}

/** A module that exports FUNCTIONS functions `f0`… of two i32. Odd seeds keep their table to themselves. */
export function programOf(seed: number): string {
  const chance = new Chance(seed);
  const functions = Array.from({ length: FUNCTIONS }, (_, index) => new Program(chance, index).text());
  const exported = seed % 2 === 0 ? '(export "table" (table 0))' : "";
  const names = functions.map((_, index) => `$f${index}`).join(" ");
  return `(module (type $t (func (param i32 i32) (result i32))) (memory (export "memory") 1 1)
    (global $gas (mut i32) (i32.const 300)) (table ${FUNCTIONS} funcref) (elem (i32.const 0) ${names}) ${exported}
    (func (export "gas") (param i32) (global.set $gas (local.get 0)))
    ${functions.join("\n")})`;
}

export const PROGRAM_FUNCTIONS = FUNCTIONS;
