// Printing, and the text of values: Print, Println, Write, Read, and joining lists of strings.
import type { Run } from "../engine/run.ts";
import type { HostSite, Outcome } from "../engine/site.ts";
import { BOUNDS, Exit, Overrun } from "../values/bounds.ts";
import { argumentType, Failure } from "../values/failure.ts";
import { Cons, kindOf, type List, listOf, Nil, SIGNAL, type Value } from "../values/kinds.ts";
import { readLiteral } from "../values/read.ts";
import { format, plainText } from "../values/text.ts";
import { site1, siteN } from "./define.ts";

/** Prints each value, a string raw. @param end what follows each */
function print(run: Run, values: readonly Value[], end: string): Outcome {
  for (const value of values) {
    const text = plainText(value);
    if (text instanceof Exit) return text;
    run.print(text + end);
    run.charge(text.length >> 4);
  }
  return SIGNAL;
}

function made(run: Run, text: string | Exit): Outcome {
  if (typeof text === "string") run.made(2 * text.length);
  return text;
}

function read(run: Run, text: Value): Outcome {
  if (typeof text !== "string") return argumentType(0, "String", kindOf(text));
  run.charge(text.length >> 2);
  const value = readLiteral(text);
  return value !== undefined ? value : new Failure("orc.error.runtime.SiteException", `Not a literal value: ${text}`);
}

/** Joins the strings of a list, `between` between them and `after` after each. */
function join(run: Run, list: Value, between: string, after: string): Outcome {
  if (!(list instanceof Cons || list instanceof Nil)) return argumentType(0, "List", kindOf(list));
  const pieces: string[] = [];
  let length = 0;
  for (let cell: List = list; cell instanceof Cons; cell = cell.tail) {
    const text = plainText(cell.head);
    if (text instanceof Exit) return text;
    pieces.push(text + after);
    length += text.length + after.length + between.length;
    if (length > BOUNDS.stringUnits) return new Overrun("string-too-long", "A joined string is too long");
  }
  return made(run, pieces.join(between));
}

/** The parts of a text as a list; as many as an array may have. */
function parts(run: Run, text: Value, split: (text: string) => readonly string[], separator: RegExp): Outcome {
  if (typeof text !== "string") return argumentType(0, "String", kindOf(text));
  let count = 1;
  separator.lastIndex = 0;
  while (count <= BOUNDS.arrayLength && separator.test(text)) count++;
  if (count > BOUNDS.arrayLength) return new Overrun("array-too-long", "A list of too many parts");
  run.charge(text.length >> 3);
  run.made(2 * text.length + 24 * count);
  return listOf(split(text));
}

const characters = (text: string): string[] => text.split("");

/** A line end at the end ends a line and begins none. */
function lines(text: string): string[] {
  const all = text.split(/\r\n|\n|\r/);
  if (all.at(-1) === "") all.pop();
  return all;
}

const words = (text: string): string[] => text.split(/[ \t\n\v\f\r]+/).filter((word) => word !== "");

export const TEXT: readonly HostSite[] = [
  siteN("orc.lib.str.Print", (run, args) => print(run, args, "")),
  siteN("orc.lib.str.Println", (run, args) => print(run, args, "\n")),
  site1("orc.lib.str.Write", (run, value) => made(run, format(value))),
  site1("orc.lib.str.Read", read),
  site1("orc.lib.str.Lines", (run, text) => parts(run, text, lines, /\r\n|\n|\r/g)),
  site1("orc.lib.str.Words", (run, text) => parts(run, text, words, /[ \t\n\v\f\r]+/g)),
  site1("orc.lib.str.Unlines", (run, list) => join(run, list, "", "\n")),
  site1("orc.lib.str.Unwords", (run, list) => join(run, list, " ", "")),
  site1("orc.lib.str.Characters", (run, text) => parts(run, text, characters, /[^]/g)),
];
