// The methods of strings, as Java's String has them (orc.md §7). Regular expressions are matched in linear time (values/pattern.ts).
import type { Run } from "../engine/run.ts";
import type { Outcome } from "../engine/site.ts";
import { BOUNDS, Overrun } from "../values/bounds.ts";
import { argumentType, arityMismatch, Failure, hostError } from "../values/failure.ts";
import { kindOf, type Value } from "../values/kinds.ts";
import { compilePattern, findPattern, type Found, type Meter, type Pattern } from "../values/pattern.ts";
import { newArray } from "./arrays.ts";
import { type Methods, wholeNumber } from "./define.ts";

type Argument = "string" | "integer";

/** @returns undefined if the arguments are of the given kinds, else the report of the first that is not */
function mismatch(args: readonly Value[], kinds: readonly Argument[]): Failure | undefined {
  if (args.length !== kinds.length) return arityMismatch(kinds.length, args.length);
  const at = kinds.findIndex((kind, index) =>
    kind === "string" ? typeof args[index] !== "string" : wholeNumber(args[index] as Value, index) instanceof Failure,
  );
  if (at < 0) return undefined;
  return argumentType(at, kinds[at] === "string" ? "String" : "Integer", kindOf(args[at] as Value));
}

type Call = (run: Run, self: string, ...args: never[]) => Outcome;

/** A method with arguments of the given kinds; work is charged by the string's length. */
const of =
  (kinds: readonly Argument[], call: Call): Methods[string] =>
  (run, self, args) => {
    run.charge((self as string).length >> 6);
    return mismatch(args, kinds) ?? call(run, self as string, ...(args as never[]));
  };

/** A method that may be called with fewer arguments: one signature per number of them. */
const any =
  (...methods: readonly [number, Methods[string]][]): Methods[string] =>
  (run, self, args, task) => {
    const fitting = methods.find(([count]) => count === args.length);
    if (fitting === undefined) return arityMismatch(methods[0]?.[0] ?? 0, args.length);
    return fitting[1](run, self, args, task);
  };

const outOfRange = (text: string): Failure => hostError("StringIndexOutOfBoundsException", text);

function substring(self: string, from: number, to: number): Outcome {
  if (from < 0 || to > self.length || from > to) return outOfRange(`begin ${from}, end ${to}, length ${self.length}`);
  return self.slice(from, to);
}

function charAt(self: string, index: number): Outcome {
  return index >= 0 && index < self.length ? self.charAt(index) : outOfRange(`index ${index}, length ${self.length}`);
}

/** A string within its bound. */
function bounded(run: Run, text: string): Outcome {
  if (text.length > BOUNDS.stringUnits) return new Overrun("string-too-long", `A string of ${text.length} units`);
  run.made(2 * text.length);
  return text;
}

/** Instructions that the matching of one call may go through: some seconds. Only a search that looks far ahead for each match gets there. */
const MATCHING = 50_000_000;

function withPattern(run: Run, self: string, regex: string, use: (pattern: Pattern, meter: Meter) => Outcome): Outcome {
  const pattern = compilePattern(regex);
  if (pattern === undefined)
    return new Failure(
      "orc.error.runtime.JavaException",
      `java.util.regex.PatternSyntaxException: Not a regular expression that can be matched in linear time: ${regex}`,
    );
  const meter: Meter = { left: MATCHING };
  const out = use(pattern, meter);
  run.charge((MATCHING - meter.left) >> 2);
  return meter.left < 0 ? new Overrun("out-of-fuel", "A regular expression that takes too long to match") : out;
}

/** All matches, one after the other; an empty one is followed by the next place. Of too many it gives up, by its meter. */
function matchesOf(pattern: Pattern, text: string, meter: Meter): Found[] {
  const all: Found[] = [];
  for (let from = 0; from <= text.length && all.length <= BOUNDS.arrayLength;) {
    const found = findPattern(pattern, text, from, meter);
    if (found === undefined) break;
    all.push(found);
    const end = found[1] as number;
    from = end === found[0] ? end + 1 : end;
  }
  return all;
}

/** Java's split: a leading empty match gives no empty part, trailing empty parts are dropped unless `limit` is negative. */
function split(run: Run, self: string, regex: string, limit: number): Outcome {
  return withPattern(run, self, regex, (pattern, meter) => {
    const parts: string[] = [];
    let from = 0;
    for (const [start, end] of matchesOf(pattern, self, meter) as [number, number][]) {
      if (limit > 0 && parts.length === limit - 1) break;
      if (end === 0 || (start === end && start >= self.length)) continue;
      parts.push(self.slice(from, start));
      from = end;
    }
    parts.push(self.slice(from));
    if (limit === 0) while (parts.length > 1 && parts.at(-1) === "") parts.pop();
    run.made(2 * self.length);
    return newArray(run, parts.length, (index) => parts[index] as string);
  });
}

/** Java's replaceAll: `$1` is a group, a backslash takes the next unit as it is. */
function replace(run: Run, self: string, regex: string, by: string, all: boolean): Outcome {
  return withPattern(run, self, regex, (pattern, meter) => {
    const pieces: string[] = [];
    let from = 0;
    let length = self.length;
    for (const found of matchesOf(pattern, self, meter).slice(0, all ? undefined : 1)) {
      const filled = by.replace(
        /\\(.)|\$(\d)/gs,
        (_, plain: string | undefined, group: string) => plain ?? groupText(self, found, Number(group)),
      );
      length += filled.length;
      if (length > BOUNDS.stringUnits) return new Overrun("string-too-long", "A replaced string is too long");
      pieces.push(self.slice(from, found[0]), filled);
      from = found[1] as number;
    }
    return bounded(run, pieces.join("") + self.slice(from));
  });
}

function groupText(text: string, found: Found, group: number): string {
  const start = found[2 * group] ?? -1;
  return start < 0 ? "" : text.slice(start, found[2 * group + 1]);
}

function replaceLiteral(run: Run, self: string, what: string, by: string): Outcome {
  const count = self.split(what).length - 1;
  if (self.length + count * (by.length - what.length) > BOUNDS.stringUnits)
    return new Overrun("string-too-long", "A replaced string is too long");
  return bounded(
    run,
    self.replaceAll(what, () => by),
  );
}

const S: readonly Argument[] = ["string"];
const SS: readonly Argument[] = ["string", "string"];
const I: readonly Argument[] = ["integer"];

export const STRING: Methods = {
  length: of([], (_, self) => self.length),
  isEmpty: of([], (_, self) => self === ""),
  substring: any(
    [1, of(I, (_, self, from: number) => substring(self, from, self.length))],
    [2, of(["integer", "integer"], (_, self, from: number, to: number) => substring(self, from, to))],
  ),
  charAt: of(I, (_, self, index: number) => charAt(self, index)),
  indexOf: any(
    [1, of(S, (_, self, what: string) => self.indexOf(what))],
    [2, of(["string", "integer"], (_, self, what: string, from: number) => self.indexOf(what, from))],
  ),
  lastIndexOf: of(S, (_, self, what: string) => self.lastIndexOf(what)),
  contains: of(S, (_, self, what: string) => self.includes(what)),
  startsWith: of(S, (_, self, what: string) => self.startsWith(what)),
  endsWith: of(S, (_, self, what: string) => self.endsWith(what)),
  equals: of(S, (_, self, other: string) => self === other),
  equalsIgnoreCase: of(S, (_, self, other: string) => self.toLowerCase() === other.toLowerCase()),
  compareTo: of(S, (_, self, other: string) => (self < other ? -1 : self > other ? 1 : 0)),
  concat: of(S, (run, self, other: string) => bounded(run, self + other)),
  trim: of([], (_, self) => self.replace(/^[\0- ]+/, "").replace(/[\0- ]+$/, "")),
  toUpperCase: of([], (run, self) => bounded(run, self.toUpperCase())),
  toLowerCase: of([], (run, self) => bounded(run, self.toLowerCase())),
  toString: of([], (_, self) => self),
  replace: of(SS, (run, self, what: string, by: string) => replaceLiteral(run, self, what, by)),
  replaceAll: of(SS, (run, self, regex: string, by: string) => replace(run, self, regex, by, true)),
  replaceFirst: of(SS, (run, self, regex: string, by: string) => replace(run, self, regex, by, false)),
  matches: of(S, (run, self, regex: string) =>
    withPattern(run, self, regex, (pattern, meter) => findPattern(pattern, self, 0, meter, true) !== undefined),
  ),
  split: any(
    [1, of(S, (run, self, regex: string) => split(run, self, regex, 0))],
    [2, of(["string", "integer"], (run, self, regex: string, limit: number) => split(run, self, regex, limit))],
  ),
};
