// Matches regular expressions in time linear in the text (times the size of the expression): a virtual machine that follows all
// alternatives side by side, in order of preference (R. Cox, "Regular Expression Matching: the Virtual Machine Approach", 2009).
import { parsePattern, type Ranges, type Regex } from "./pattern-parse.ts";

type Instruction =
  | { readonly op: "set"; readonly set: Ranges }
  | { readonly op: "edge"; readonly edge: "^" | "$" | "b" | "B" }
  /** Goes on at the first, by preference, and at the second. */
  | { readonly op: "split"; readonly first: number; readonly second: number }
  | { readonly op: "jump"; readonly to: number }
  | { readonly op: "save"; readonly slot: number }
  | { readonly op: "match" };

export interface Pattern {
  readonly code: readonly Instruction[];
}

/** Instructions of one expression. */
const SIZE = 10_000;

/** A match: starts and ends of the whole and of the groups; -1 where a group took no part. */
export type Found = readonly number[];

/** @returns undefined if the expression is malformed, too long, or cannot be matched in linear time */
export function compilePattern(text: string): Pattern | undefined {
  const regex = parsePattern(text);
  if (regex === undefined) return undefined;
  const code: Instruction[] = [{ op: "save", slot: 0 }];
  if (!emit(regex, code)) return undefined;
  code.push({ op: "save", slot: 1 }, { op: "match" });
  return { code };
}

function emit(regex: Regex, code: Instruction[]): boolean {
  if (code.length > SIZE) return false;
  switch (regex.kind) {
    case "empty":
      return true;
    case "set":
      return code.push({ op: "set", set: regex.set }) > 0;
    case "edge":
      return code.push({ op: "edge", edge: regex.edge }) > 0;
    case "then":
      return regex.parts.every((part) => emit(part, code));
    case "or":
      return emitOr(regex.parts, code);
    case "group": {
      code.push({ op: "save", slot: 2 * regex.number });
      return emit(regex.part, code) && code.push({ op: "save", slot: 2 * regex.number + 1 }) > 0;
    }
    case "repeat":
      return emitRepeat(regex, code);
  }
}

const split = (greedy: boolean, on: number, off: number): Instruction =>
  greedy ? { op: "split", first: on, second: off } : { op: "split", first: off, second: on };

function emitOr(parts: readonly Regex[], code: Instruction[]): boolean {
  const ends: number[] = [];
  for (const [index, part] of parts.entries()) {
    const at = code.length;
    if (index < parts.length - 1) code.push({ op: "match" });
    if (!emit(part, code)) return false;
    if (index === parts.length - 1) break;
    ends.push(code.length);
    code.push({ op: "match" });
    code[at] = split(true, at + 1, code.length);
  }
  for (const end of ends) code[end] = { op: "jump", to: code.length };
  return true;
}

function emitRepeat(regex: Extract<Regex, { kind: "repeat" }>, code: Instruction[]): boolean {
  for (let count = 0; count < regex.least; count++) if (!emit(regex.part, code)) return false;
  if (regex.most === Infinity) {
    const at = code.length;
    code.push({ op: "match" });
    if (!emit(regex.part, code)) return false;
    code.push({ op: "jump", to: at });
    code[at] = split(regex.greedy, at + 1, code.length);
    return true;
  }
  const splits: number[] = [];
  for (let count = regex.least; count < regex.most; count++) {
    splits.push(code.length);
    code.push({ op: "match" });
    if (!emit(regex.part, code)) return false;
  }
  for (const at of splits) code[at] = split(regex.greedy, at + 1, code.length);
  return true;
}

const inSet = (set: Ranges, unit: number): boolean =>
  set.ranges.some(([low, high]) => unit >= low && unit <= high) !== set.not;

const isWord = (unit: number): boolean => /\w/.test(String.fromCharCode(unit));

function atEdge(edge: "^" | "$" | "b" | "B", text: string, at: number): boolean {
  if (edge === "^") return at === 0;
  if (edge === "$") return at === text.length;
  const before = at > 0 && isWord(text.charCodeAt(at - 1));
  const after = at < text.length && isWord(text.charCodeAt(at));
  return (before !== after) === (edge === "b");
}

/** The threads at one place of the text, in order of preference; each instruction at most once. */
class Threads {
  readonly at: number[] = [];
  readonly saved: Found[] = [];
  /** The visit in which an instruction was last added. */
  private readonly marks: Uint32Array;
  private visit = 1;
  constructor(size: number) {
    this.marks = new Uint32Array(size);
  }

  clear(): void {
    this.at.length = 0;
    this.saved.length = 0;
    this.visit++;
  }

  /** Adds the thread and what it reaches without reading; with a stack of its own. */
  add(pattern: Pattern, start: number, found: Found, text: string, place: number): void {
    const work: [number, Found][] = [[start, found]];
    for (let next = work.pop(); next !== undefined; next = work.pop()) {
      const [counter, saved] = next;
      const instruction = pattern.code[counter];
      if (instruction === undefined || this.marks[counter] === this.visit) continue;
      this.marks[counter] = this.visit;
      if (instruction.op === "jump") work.push([instruction.to, saved]);
      else if (instruction.op === "split") work.push([instruction.second, saved], [instruction.first, saved]);
      else if (instruction.op === "save") work.push([counter + 1, withSaved(saved, instruction.slot, place)]);
      else if (instruction.op === "edge") {
        if (atEdge(instruction.edge, text, place)) work.push([counter + 1, saved]);
      } else {
        this.at.push(counter);
        this.saved.push(saved);
      }
    }
  }
}

function withSaved(saved: Found, slot: number, place: number): Found {
  const copy = [...saved];
  while (copy.length <= slot) copy.push(-1);
  copy[slot] = place;
  return copy;
}

/** Instructions that matching may still go through; below 0: it gave up. */
export interface Meter {
  left: number;
}

/** @returns the leftmost match that begins at `from` or after (with `only`: at `from` and ends at the end), by preference */
export function findPattern(
  pattern: Pattern,
  text: string,
  from: number,
  meter: Meter,
  only = false,
): Found | undefined {
  let threads = new Threads(pattern.code.length);
  let following = new Threads(pattern.code.length);
  let best: Found | undefined;
  for (let place = from; meter.left >= 0; place++) {
    if (best === undefined && (!only || place === from)) threads.add(pattern, 0, [], text, place);
    if (threads.at.length === 0 && (best !== undefined || only || place >= text.length)) return best;
    meter.left -= 1 + threads.at.length;
    best = advance(pattern, text, place, only, threads, following) ?? best;
    if (place >= text.length) return best;
    [threads, following] = [following, threads];
    following.clear();
  }
  return undefined;
}

/** Lets every thread read the unit at `place`, up to one that matches there. @returns that match */
function advance(
  pattern: Pattern,
  text: string,
  place: number,
  only: boolean,
  threads: Threads,
  following: Threads,
): Found | undefined {
  const unit = place < text.length ? text.charCodeAt(place) : -1;
  for (let index = 0; index < threads.at.length; index++) {
    const counter = threads.at[index] as number;
    const instruction = pattern.code[counter] as Instruction;
    const saved = threads.saved[index] as Found;
    if (instruction.op === "match") {
      if (only && unit >= 0) continue;
      return saved;
    }
    if (unit >= 0 && instruction.op === "set" && inSet(instruction.set, unit))
      following.add(pattern, counter + 1, saved, text, place + 1);
  }
  return undefined;
}
