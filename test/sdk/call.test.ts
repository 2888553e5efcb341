// Calling another algorithm, as an algorithm sees it: typed in and out, errors as values. The callees are functions here;
// on the platform they are in test/calls.
import { describe, expect, it } from "vitest";
import { type LocalInput, type LocalResult, runLocal } from "../../algorithms/sdk/build/index.ts";
import { buildFiles, built, text } from "./support.ts";

const SOURCE = `import { Call, call, callAll, fail, Reply, Utf8 } from "orcade";
class Point { x: f64; y: f64 = 2; name: string = "p"; }
class Answer { total: f64; points: Point[] = []; note: string | null = null; }
function sum(x: f64): Reply<Answer> {
  const point = new Point();
  point.x = x;
  return call<Point, Answer>("bob/sum/1.2.3", point);
}
function replies0(): Uint8Array { return new Uint8Array(0); }
export function apply(command: string): string {
  if (command == "text") return call<string, string>("bob/upper", "grüße").value;
  if (command == "utf8") return call<Utf8, Utf8>("bob/upper", Utf8.from("grüße")).value.toString();
  if (command == "bytes") {
    const bytes = call<Uint8Array, Uint8Array>("bob/twice", Utf8.from("ab").toBytes()).value;
    return bytes.length.toString() + " " + bytes[3].toString();
  }
  if (command == "numbers") return call<i32[], f64>("bob/mean", [1, 2, 6]).value.toString();
  if (command == "json as text") return call<i32[], string>("bob/mean", [1, 2, 6]).value;
  if (command == "void") return call<string, string>("bob/nothing", "").message;
  if (command == "map") return call<string, Map<string, i32>>("bob/counts", "").value.get("b").toString();
  if (command == "typed") {
    const first = sum(1).value;
    const second = sum(first.total).value;
    return second.total.toString() + " " + second.points.length.toString() + " " + (second.note == null ? "-" : "+");
  }
  if (command == "error") {
    const reply = call<string, string>("bob/fails", "");
    return reply.ok.toString() + " " + reply.errorType + ": " + reply.message + ", " + reply.or("else");
  }
  if (command == "passed on") return call<string, string>("bob/fails", "").value;
  if (command == "another kind") {
    const reply = call<string, f64>("bob/upper", "1");
    return reply.errorType + ": " + reply.message;
  }
  if (command == "misfit") return call<string, Answer>("bob/misfit", "").value.total.toString();
  if (command == "all") {
    const points = [new Point(), new Point(), new Point()];
    const calls: Call<Point>[] = [];
    for (let i = 0; i < 3; i++) {
      points[i].x = i;
      calls.push(new Call("bob/sum/1.2.3", points[i]));
    }
    calls.push(new Call("bob/fails", points[0]));
    calls.push(new Call("bob/misnamed", points[0]));
    return callAll<Point, Answer>(calls).map<string>((reply) => (reply.ok ? reply.value.total.toString() : reply.errorType)).join(",");
  }
  if (command == "all bytes") {
    const ab = Utf8.from("ab").toBytes();
    const replies = callAll<Uint8Array, Uint8Array>([new Call("bob/twice", ab), new Call("bob/twice", replies0())]);
    return replies[0].value.length.toString() + " " + replies[1].value.length.toString();
  }
  if (command == "all of none") return callAll<string, string>([]).length.toString();
  if (command == "absent") return call<string, string>("bob/absent", "").errorType;
  fail("Unknown", command);
}`;

const bytesOf = (value: string): Uint8Array => new TextEncoder().encode(value);
const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const json = (value: string): LocalResult => ({ kind: "json", bytes: bytesOf(value) });

const CALLEES: Readonly<Record<string, (input: LocalInput) => LocalResult>> = {
  "bob/upper": ({ bytes }) => ({ kind: "text", bytes: bytesOf(textOf(bytes).toUpperCase()) }),
  "bob/twice": ({ bytes }) => ({ kind: "bytes", bytes: Uint8Array.of(...bytes, ...bytes) }),
  "bob/mean": ({ bytes }) => {
    const numbers = JSON.parse(textOf(bytes)) as number[];
    return json(String(numbers.reduce((sum, each) => sum + each, 0) / numbers.length));
  },
  "bob/nothing": () => ({ kind: "void", bytes: new Uint8Array(0) }),
  "bob/counts": () => json('{"a":1,"b":-7}'),
  "bob/sum/1.2.3": ({ kind, bytes }) => {
    expect(kind).toBe("json");
    const { x, y, name } = JSON.parse(textOf(bytes)) as { x: number; y: number; name: string };
    // The answer has grown since: what the type does not know is passed over.
    const more = `"new":{"a":[1,"]}",{"b":null}],"c":-1.5e3},"flag":true,"last":12`;
    return json(
      `{${more},"total":${x + y},"points":[{"x":1,"why":[[]],"y":2,"name":"${name}"},{"x":0,"y":0,"name":""}]}`,
    );
  },
  "bob/fails": () => ({ error: { type: "TooHot", message: 'it is "hot": 40 °C' } }),
  "bob/misfit": () => json('{"total":"many"}'),
};

const callee = (name: string, input: LocalInput): LocalResult =>
  CALLEES[name]?.(input) ?? { error: { type: "UnknownAlgorithm", message: name } };

describe("call", () => {
  const build = built(SOURCE, { permissions: ["call"] });
  const run = async (command: string, options: Parameters<typeof runLocal>[2] = { callee }): Promise<string> => {
    const result = runLocal((await build).module, text(command), options);
    return "error" in result ? `${result.error.type}: ${result.error.message}` : textOf(result.bytes);
  };

  it.each([
    ["text", "GRÜSSE"],
    ["utf8", "GRÜSSE"],
    ["bytes", "4 98"],
    ["numbers", "3.0"],
    ["json as text", "3"],
    ["void", "bob/nothing answered nothing, not text"],
    ["map", "-7"],
    ["typed", "5.0 2 -"],
    ["error", 'false TooHot: it is "hot": 40 °C, else'],
    ["passed on", 'TooHot: it is "hot": 40 °C'],
    ["another kind", "OutputError: bob/upper answered text, not JSON"],
    ["misfit", "OutputError: the answer of bob/misfit: $.total: expected a number, found a string"],
    ["all", "2.0,3.0,4.0,TooHot,UnknownAlgorithm"],
    ["all bytes", "4 0"],
    ["all of none", "0"],
    ["absent", "UnknownAlgorithm"],
  ])("%s", async (command, answer) => expect(await run(command)).toBe(answer));

  it("answers clearly where there is nobody to call", async () => {
    expect(await run("absent", {})).toBe("Unavailable");
  });
});

describe("the build", () => {
  it("asks for the permission", async () => {
    const source = `import { call } from "orcade";\nexport function apply(a: string): string { return call<string, string>("b/c", a).value; }`;
    const found = await buildFiles({ "index.ts": source });
    expect(found.ok ? "" : found.error.message).toMatch(
      /^index\.ts:2:\d+: call needs a permission: write "permissions": \["call"\]/,
    );
  });

  it.each([
    ["call(name, a)", "A call must name both types"],
    ["callAll([new Call<string>(name, a)])", "A call must name both types"],
    ["call<string, void>(name, a)", "void is no type of an answer"],
    ["call<string, () => void>(name, a)", "A function cannot be part"],
  ])("refuses %s", async (expression, message) => {
    const source = `import { Call, call, callAll } from "orcade";\nexport function apply(a: string): string { const name = "b/c"; ${expression}; return ""; }`;
    const found = await buildFiles({ "index.ts": source }, { permissions: ["call"] });
    expect(found.ok ? "" : found.error.message).toContain(message);
  });
});
