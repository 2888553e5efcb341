// Tasks of jobs, as an algorithm sees them in a local run.
import { expect, it } from "vitest";
import { type LocalOptions, runLocal } from "../../algorithms/sdk/build/index.ts";
import { moduleOf } from "../../algorithms/sdk/build/wasm.ts";
import { built, buildFiles, text } from "./support.ts";

const SOURCE = `import { job, jobArguments } from "orcade";
class Options { k: i32 = 6; names: string[] = []; deep: Map<string, f64> = new Map<string, f64>(); }
class Part { upto: i64 = 0; }
export function apply(command: string): string {
  if (command == "arguments") {
    const options = jobArguments<Options>();
    return options.k.toString() + " " + options.names.join("|") + " " + options.deep.values().toString();
  }
  if (command == "done") {
    job.done(3, "drei");
    job.done(1 << 40, "later");
  }
  return [job.runs, job.reduces, job.final, job.first, job.last].toString() + " " + job.file + " " +
    [job.from, job.to, job.skip, job.extra].toString() + " " + [job.level, job.partials].toString();
}`;

const module = built(SOURCE).then((build) => moduleOf(build.module));
const run = async (command: string, options: LocalOptions): Promise<string> => {
  const result = runLocal(await module, text(command), options);
  return "error" in result ? `${result.error.type}: ${result.error.message}` : new TextDecoder().decode(result.bytes);
};

const MAP = {
  task: "map",
  arguments: { names: ['a"]},\\', "é\u2028"], k: -2, deep: { x: 1e300, "y}": -0.5 } },
  file: "data://o/c/f",
  from: 2 ** 52,
  to: 2 ** 53 - 1,
  first: false,
  last: true,
  skip: 17,
  extra: 22,
  // What a later host may add.
  later: [{ "]": "[{" }, null, true, -1e5],
};

it.each<readonly [string, LocalOptions, string]>([
  ["facts", {}, "false,false,true,true,true  0,0,0,0 0,0"],
  ["arguments", {}, "6  "],
  ["facts", { job: MAP }, `true,false,true,false,true data://o/c/f ${2 ** 52},${2 ** 53 - 1},17,22 0,0`],
  ["arguments", { job: MAP }, '-2 a"]},\\|é\u2028 1e+300,-0.5'],
  ["arguments", { job: { task: "map", arguments: null } }, "6  "],
  ["arguments", { job: { arguments: { kk: 1 } } }, 'InputError: $: there is no field "kk"'],
  ["arguments", { job: { arguments: [] } }, "InputError: $: expected an object, found an array"],
  [
    "facts",
    { job: { task: "reduce", arguments: 0, level: 2, partials: 32, final: false } },
    "true,true,false,true,true  0,0,0,0 2,32",
  ],
])("%s: %j", async (command, options, answer) => expect(await run(command, options)).toBe(answer));

it("tells the host which part is finished", async () => {
  const heard: unknown[] = [];
  const done: LocalOptions["done"] = (upto, { kind, bytes }) => {
    heard.push([upto, kind, new TextDecoder().decode(bytes)]);
  };
  await run("done", { job: MAP, done });
  expect(heard).toEqual([
    [3n, "text", "drei"],
    [2n ** 40n, "text", "later"],
  ]);
});

it("must name the type of its arguments", async () => {
  const source =
    'import { jobArguments } from "orcade"; export function apply(a: string): string { jobArguments(); return a; }';
  const refused = await buildFiles({ "index.ts": source });
  expect(refused.ok ? "" : refused.error.message).toContain("must name the type: jobArguments<Arguments>()");
});

it("outside a job takes the arguments from a first line of JSON before the input", async () => {
  const { module: bytes } = await built(`import { argumentsLine, jobArguments } from "orcade";
    class Options { k: i32 = 6; }
    export function apply(input: Uint8Array): string {
      return jobArguments<Options>(input).k.toString() + " " + argumentsLine(input).toString();
    }`);
  const lined = moduleOf(bytes);
  const told = (input: string, options: LocalOptions = {}): string => {
    const result = runLocal(lined, { kind: "bytes", bytes: new TextEncoder().encode(input) }, options);
    return "error" in result ? `${result.error.type}: ${result.error.message}` : new TextDecoder().decode(result.bytes);
  };
  expect([told(""), told(">a"), told('{"k": 3}\n>a'), told('{"k": 4}')]).toEqual(["6 0", "6 0", "3 8", "4 8"]);
  expect(told('{"k"\n: 3}')).toMatch(/^InputError: /);
  expect(told('{"kk": 3}\n')).toMatch(/^InputError: .*"kk"/);
  expect(told('{"k": 3}\n>a', { job: { task: "map", arguments: { k: 5 } } })).toBe("5 0");
});
