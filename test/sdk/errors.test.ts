// How calls fail: input that does not fit, `fail`, what the runtime stops, text that is none.
import { beforeAll, describe, expect, it } from "vitest";
import { built, buildFiles, call, jsonCaller, text } from "./support.ts";

describe("input that does not fit names the place", () => {
  let call: (input: string) => string;
  beforeAll(async () => {
    call = jsonCaller(
      await built(`class Record { id: string; values: i16[]; }
class Input { records: Record[]; table: Map<string, bool>; x: f64; big: i64; small: u64; }
export function apply(input: Input): i32 { return input.records.length; }`),
    );
  });
  const with_ = (field: string) => `{"records":[],"table":{},"x":0,"big":0,"small":0,${field}}`;

  it.each([
    ["", "$: expected an object, found the end of the input"],
    ["[]", "$: expected an object, found an array"],
    ["{", "$: expected a field's name, found the end of the input"],
    ['{"x"', "$: expected ':', found the end of the input"],
    ['{"x":', "$.x: expected a number, found the end of the input"],
    ['{"x":1', "$: expected ',' or '}', found the end of the input"],
    ['{"x":1,}', "$: expected a field's name, found '}'"],
    [`${with_('"x":1')} x`, "$: expected the end of the input, found 'x'"],
    [with_('"records":[{"id":"a","values":[]},{"id":3}]'), "$.records[1].id: expected a string, found a number"],
    [with_('"records":[{"id":"a","values":[1,2,"3"]}]'), "$.records[0].values[2]: expected an integer, found a string"],
    [with_('"records":[{"id":"a"}]'), '$.records[0]: expected the field "values"'],
    [with_('"table":{"a\\nb":1}'), "$.table.a\nb: expected a boolean, found a number"],
    [with_('"table":{"a":true "b":true}'), "$.table: expected ',' or '}', found a string"],
    [with_('"records":[{"id":"a","values":[1 2]}]'), "$.records[0].values[0]: expected ',' or ']', found a number"],
    [
      with_('"records":[{"id":"a","values":[32768]}]'),
      "$.records[0].values[0]: expected an integer from -32768 to 32767",
    ],
    [with_('"x":tru'), "$.x: expected a number, found a boolean"],
    [with_('"x":.5'), "$.x: expected a number, found '.'"],
    [with_('"x":01'), "$.x: expected a number, found a number"],
    [with_('"x":1.'), "$.x: expected a number, found a number"],
    [with_('"x":nul'), "$.x: expected null, found null"],
    [with_('"big":9223372036854775808'), "$.big: expected an integer from -9223372036854775808 to 9223372036854775807"],
    [
      with_('"big":-9223372036854775809'),
      "$.big: expected an integer from -9223372036854775808 to 9223372036854775807",
    ],
    [with_('"small":18446744073709551616'), "$.small: expected an integer from 0 to 18446744073709551615"],
    [with_('"small":-1'), "$.small: expected an integer from 0 to 18446744073709551615"],
    [with_('"big":1e400'), "$.big: expected an integer from -9223372036854775808 to 9223372036854775807"],
    [with_('"big":1e-400'), "$.big: expected an integer from -9223372036854775808 to 9223372036854775807"],
    [with_('"big":0.5'), "$.big: expected an integer from -9223372036854775808 to 9223372036854775807"],
    [
      with_('"records":[{"id":"\\x"}]'),
      "$.records[0].id: expected an escape (one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX), found '\\'",
    ],
    [with_('"records":[{"id":"\\u12g4"}]'), "$.records[0].id: expected four hexadecimal digits after \\u, found '\\'"],
    [
      with_('"records":[{"id":"a\nb"}]'),
      "$.records[0].id: expected a string's closing quote (control characters are written \\u00XX), found the byte 10",
    ],
    [
      with_('"records":[{"id":"a'),
      "$.records[0].id: expected a string's closing quote (control characters are written \\u00XX), found the end of the input",
    ],
  ])("%s", (input, message) => expect(call(input)).toBe(`InputError: ${message}`));

  it("the outermost values that fit do", () => {
    expect(call(with_('"big":9223372036854775807,"small":18446744073709551615'))).toBe("0");
    expect(call(with_('"big":-9223372036854775808.0,"small":1844674407370955161.5e1'))).toBe("0");
    expect(call(with_('"big":-0,"small":-0.0,"x":-0'))).toBe("0");
  });

  it("another kind of input than the algorithm takes is refused", async () => {
    const build = await built("export function apply(input: i32): i32 { return input; }");
    expect(call_(build, "3")).toBe("InputError: $: expected JSON, found text");
    const bytes = await built("export function apply(input: Uint8Array): i32 { return input.length; }");
    expect(call_(bytes, "3")).toBe("InputError: $: expected bytes, found text");
  });
  const call_ = (build: Parameters<typeof import("./support.ts").call>[0], input: string) => callText(build, input);
});

const callText = (build: Parameters<typeof call>[0], input: string): string => call(build, text(input));

describe("what stops a call", () => {
  const SOURCE = `import { fail as stop } from "orcade";
import * as orcade from "orcade";
class Animal {} class Cat extends Animal {} class Dog extends Animal {}
function pick(k: i32): i32 {
  if (k == 0) return 1;
  stop("Picky", "k is " + k.toString());
}
function choose(k: i32): string {
  switch (k) {
    case 1: return "one";
    default: orcade.fail("Choosy", "not " + k.toString());
  }
}
export function apply(how: string): string {
  if (how == "fail") stop("Typed\\ud800", "a message: é 😀 \\udfff");
  if (how == "pick") return pick(3).toString();
  if (how == "choose") return choose(3);
  if (how == "throw") throw new Error("thrown");
  if (how == "bounds") return [1, 2, 3][how.length].toString();
  if (how == "assert") assert(how.length == 3, "three");
  if (how == "cast") { const animal: Animal = new Cat(); return (animal as Dog) ? "dog" : ""; }
  if (how == "null") { const none: string | null = how.length > 9 ? "x" : null; return none!; }
  if (how == "key") return new Map<string, string>().get("no such key");
  if (how == "divide") return (1 / (how.length - 6)).toString();
  if (how == "deep") return deep(1).toString();
  if (how == "long") throw new Error("x".repeat(5000));
  return "fine";
}
function deep(k: i32): i32 { return k == 0 ? 0 : deep(k + 1) + 1; }`;
  it.each([
    ["fine", "fine"],
    ["fail", "Typed\ufffd: a message: é 😀 \ufffd"],
    ["pick", "Picky: k is 3"],
    ["choose", "Choosy: not 3"],
    ["throw", "AlgorithmError: thrown (index.ts:18:COLUMN)"],
    ["bounds", "AlgorithmError: Index out of range (~lib/array.ts:PLACE)"],
    ["assert", "AlgorithmError: three (index.ts:20:COLUMN)"],
    ["cast", "AlgorithmError: invalid downcast (index.ts:21:COLUMN)"],
    ["null", "AlgorithmError: Unexpected 'null' (not assigned or failed cast) (index.ts:22:COLUMN)"],
    ["key", "AlgorithmError: Key does not exist (~lib/map.ts:PLACE)"],
    ["divide", "Trap: divide by zero"],
    ["deep", "StackOverflow: Maximum call stack size exceeded"],
  ])("%s", async (how, message) => {
    // Which column asc means, and where its own library stops, are its business.
    const said = callText(await build, how).replace(/(index\.ts:\d+:)\d+/, "$1COLUMN");
    expect(said.replace(/(~lib\/\w+\.ts:)\d+:\d+/, "$1PLACE")).toBe(message);
  });
  const build = built(SOURCE, {}, true);

  it("a long message is cut", async () => {
    const message = callText(await build, "long");
    expect(message).toMatch(/^AlgorithmError: x{200,900}/);
  });

  it.each(["stub", "incremental"])("memory that is used up, with runtime=%s", async (runtime) => {
    const hoarder = await built(
      `// orcade: runtime=${runtime}
export function apply(count: i32): i32 {
  const kept = new Array<Uint8Array>();
  for (let i = 0; i < count; i++) kept.push(new Uint8Array(1 << 20));
  return kept.length;
}`,
      { memory: 4 },
    );
    expect(jsonCaller(hoarder)("3")).toBe("3");
    expect(jsonCaller(hoarder)("4")).toBe(
      'AlgorithmError: the memory is used up: raise "memory" in algorithm.json, or keep less',
    );
  });

  it("what the glue adds never shows in a message about the author's line", async () => {
    const result = await buildFiles({
      "index.ts": `class Output { a: string; }
export function apply(input: i32): Output { return new Output(); }`,
    });
    expect(result.ok ? "" : result.error.message).toBe(
      "index.ts:1:16: Property 'index/Output#a' has no initializer and is not assigned in the constructor before 'this' is used or returned.",
    );
  });
});
