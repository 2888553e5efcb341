// Whatever is sent comes back: i64 to the last digit, NaN, infinities, null apart from absent, lone surrogates.
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { all, ECHO } from "./echo.ts";
import { built, jsonCaller } from "./support.ts";
import { runs } from "../support/torture.ts";

describe.each(["stub", "incremental"])("with runtime=%s", (runtime) => {
  let call: ReturnType<typeof jsonCaller>;
  beforeAll(async () => {
    call = jsonCaller(await built(`// orcade: runtime=${runtime}\n${ECHO}`, { memory: 2 }, true));
  });

  it("every kind of value comes back as it was sent", () => {
    fc.assert(
      fc.property(all, ({ sent, back }) => {
        expect(call(sent)).toBe(back);
      }),
      runs(400),
    );
  });

  const edit = fc.tuple(
    fc.nat(),
    fc.oneof(fc.nat(255), fc.constantFrom(...'"\\{}[],:0-.eEtfnu'.split("").map(codeOf))),
    fc.nat(2),
  );
  it("input with a few wrong bytes is refused, or is JSON", () => {
    fc.assert(
      fc.property(all, fc.array(edit, { minLength: 1, maxLength: 3 }), ({ sent }, edits) => {
        const bytes = damage(Buffer.from(sent), edits);
        const answer = call(new Uint8Array(bytes));
        if (!answer.startsWith("{")) expect(answer).toMatch(/^(?:InputError: \$|OutputError: a Utf8)/);
        else expect(() => JSON.parse(bytes.toString()) as unknown).not.toThrow();
      }),
      runs(400),
    );
  });
});

function codeOf(character: string): number {
  return character.charCodeAt(0);
}

/** Puts a byte over another, or before it, or takes one away. */
function damage(bytes: Buffer, edits: readonly (readonly [number, number, number])[]): Buffer {
  return edits.reduce((all, [where, byte, how]) => {
    const at = where % (all.length + 1);
    const middle = how === 2 ? [] : [byte];
    return Buffer.concat([all.subarray(0, at), Buffer.from(middle), all.subarray(how === 1 ? at : at + 1)]);
  }, bytes);
}

describe("the collector", () => {
  it("keeps what is in use while a large input is read and written", async () => {
    const call = jsonCaller(
      await built(
        `class Inner { names: string[]; table: Map<string, string>; }
class Input { items: Inner[]; rounds: i32; }
export function apply(input: Input): Input {
  let length = 0;
  for (let i = 0; i < input.rounds; i++) length += ("garbage " + i.toString()).length;
  input.rounds = length;
  return input;
}`,
        { memory: 8 },
      ),
    );
    const items = Array.from({ length: 3000 }, (_, i) => ({
      names: [`name ${i}`, "é".repeat(i % 50), "x".repeat(i % 90)],
      table: { [`key ${i}`]: `value ${i}`, other: "\ud800" },
    }));
    const rounds = 300_000;
    const length = Array.from({ length: rounds }, (_, i) => 8 + String(i).length).reduce((sum, n) => sum + n, 0);
    expect(call(JSON.stringify({ items, rounds }))).toBe(JSON.stringify({ items, rounds: length }));
  });
});

describe("fields", () => {
  const SOURCE = `import { Optional } from "orcade";
class Part { k: i32 = 7; private n: i32 = 3; sum(): i32 { return this.n + this.k; } }
class Input { need: i32; part: Part = new Part(); list: string[] = ["a"]; nick: Optional<string>; or: string | null = "x"; }
class Output { need: i32; sum: i32; list: string[] = []; nick: string = ""; has: bool; or: string | null; }
export function apply(input: Input): Output {
  const output = new Output();
  output.need = input.need;
  output.sum = input.part.sum();
  output.list = input.list;
  output.has = input.nick.has;
  output.nick = input.nick.or("nobody");
  output.or = input.or;
  return output;
}`;
  let call: (input: string) => string;
  beforeAll(async () => {
    call = jsonCaller(await built(SOURCE));
  });

  it.each([
    ["defaults", '{"need":1}', '{"need":1,"sum":10,"list":["a"],"nick":"nobody","has":false,"or":"x"}'],
    [
      "given",
      '{"or":null,"nick":"n","list":[],"part":{"k":1},"need":2}',
      '{"need":2,"sum":4,"list":[],"nick":"n","has":true,"or":null}',
    ],
    [
      "the last of two",
      '{"need":1,"need":2,"list":["b"],"list":["c"]}',
      '{"need":2,"sum":10,"list":["c"],"nick":"nobody","has":false,"or":"x"}',
    ],
    ["an escaped key", '{"\\u006eeed":5}', '{"need":5,"sum":10,"list":["a"],"nick":"nobody","has":false,"or":"x"}'],
    ["missing", "{}", 'InputError: $: expected the field "need"'],
    ["unknown", '{"need":1,"part":{"n":3}}', 'InputError: $.part: there is no field "n"'],
    ["null where it may not be", '{"need":null}', "InputError: $.need: expected an integer, found null"],
    ["null for Optional<string>", '{"need":1,"nick":null}', "InputError: $.nick: expected a string, found null"],
    ["an empty key", '{"":1}', 'InputError: $: there is no field ""'],
  ])("%s", (_, input, output) => expect(call(input)).toBe(output));
});
