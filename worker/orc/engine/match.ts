// Patterns without calls, matched against values that are bound. A value of another kind never matches and is no error.
import type { Pattern } from "../core/program.ts";
import type { Overrun } from "../values/bounds.ts";
import { equal } from "../values/equal.ts";
import { Cons, Data, fieldOf, Nil, Rec, Tuple, type Value } from "../values/kinds.ts";
import type { Run } from "./run.ts";

type Verdict = boolean | Overrun;

/** Matches the patterns against the values in turn, writing slots of the current frame. Recursion is as deep as the pattern. */
export function matchAll(run: Run, patterns: readonly Pattern[], values: readonly Value[]): Verdict {
  for (let index = 0; index < patterns.length; index++) {
    const verdict = match(run, patterns[index] as Pattern, values[index] as Value);
    if (verdict !== true) return verdict;
  }
  return true;
}

function match(run: Run, pattern: Pattern, value: Value): Verdict {
  switch (pattern.kind) {
    case "any":
      return true;
    case "bind":
      run.frame[pattern.slot] = value;
      return true;
    case "literal":
      return equal(run.image.constants[pattern.constant] as Value, value, run);
    case "tuple":
      return value instanceof Tuple && sameLength(run, pattern.parts, value.items);
    case "list":
      return matchList(run, pattern.parts, null, value);
    case "cons":
      return matchList(run, pattern.heads, pattern.tail, value);
    case "record":
      return value instanceof Rec && matchRecord(run, pattern.fields, value);
    case "data":
      return (
        value instanceof Data && value.ctor.id === pattern.constructor && sameLength(run, pattern.parts, value.parts)
      );
    case "as":
      run.frame[pattern.slot] = value;
      return match(run, pattern.pattern, value);
  }
}

function sameLength(run: Run, patterns: readonly Pattern[], values: readonly Value[]): Verdict {
  return patterns.length === values.length && matchAll(run, patterns, values);
}

/** @param tail the pattern of the rest; null: there must be none */
function matchList(run: Run, heads: readonly Pattern[], tail: Pattern | null, value: Value): Verdict {
  let list = value;
  for (const head of heads) {
    if (!(list instanceof Cons)) return false;
    const verdict = match(run, head, list.head);
    if (verdict !== true) return verdict;
    list = list.tail;
  }
  if (tail === null) return list instanceof Nil;
  return (list instanceof Cons || list instanceof Nil) && match(run, tail, list);
}

function matchRecord(run: Run, fields: readonly { key: string; pattern: Pattern }[], record: Rec): Verdict {
  run.charge((fields.length * record.keys.length) >> 5);
  for (const { key, pattern } of fields) {
    const value = fieldOf(record, key);
    const verdict = value !== undefined && match(run, pattern, value);
    if (verdict !== true) return verdict;
  }
  return true;
}
