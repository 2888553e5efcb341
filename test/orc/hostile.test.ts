// Whatever is called with whatever: the host never throws, counts stay right, and the run ends in one of its end states.
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  advance,
  createRun,
  deliver,
  nextTimer,
  type Run,
  step,
  takeOutputs,
  takeStarted,
} from "../../worker/orc/engine/index.ts";
import { format } from "../../worker/orc/index.ts";
import { PRELUDE } from "../../worker/orc/prelude/index.ts";
import { compiled } from "./harness.ts";

const RUNS = process.env.ORCADE_TORTURE === undefined ? 400 : 20_000;

/** Every name that the prelude declares, operators too. */
const names = PRELUDE.flatMap(({ source }) =>
  [...source.matchAll(/^(?:import site|def(?: class)?) ([^ (]+|\([^ )]+\))/gm)].map(([, name = ""]) => name),
).filter((name) => name !== "Vclock");

const literals = ["0", "1", "-1", "2", "1.50", "1E-7", '"a"', '""', "true", "signal", "null", "[]", "[1, 2]", "(1, 2)"];
const values = [
  ...literals,
  "{. x = 1 .}",
  "Some(1)",
  "None()",
  "2 ** 70",
  "sqrt(2)",
  "stop",
  "Rwait(3)",
  "(1 | 2)",
  "abs",
];
const objects = [
  "Channel()",
  "BoundedChannel(1)",
  "Ref(0)",
  "Cell()",
  "Semaphore(1)",
  "Counter(1)",
  "Array(2)",
  "Dictionary()",
];
const members = [
  "get",
  "put",
  "read",
  "write",
  "acquire",
  "release",
  "close",
  "closeD",
  "getAll",
  "length",
  "inc",
  "x",
  "apply",
  "unapply",
];

const value = fc.constantFrom(...values, ...objects, "lambda(a) = a", "lambda() = 1 | 2", "lambda(a, b) = a");
const argument = value.map((text) => (text.startsWith("lambda") ? `(${text})` : text));
const call = fc
  .tuple(fc.constantFrom(...names), fc.array(argument, { maxLength: 3 }))
  .map(([name, args]) => `${name}(${args.join(", ")})`);
const access = fc
  .tuple(
    fc.constantFrom(...objects, '"abc"', "Some", "(1, 2)"),
    fc.constantFrom(...members),
    fc.array(argument, { maxLength: 2 }),
  )
  .map(([object, member, args]) => `${object}.${member}(${args.join(", ")})`);
const part = fc.oneof(call, access, argument);
const program = fc
  .tuple(part, part, part, fc.constantFrom(" | ", " >v> ", " ; "))
  .map(([f, g, h, between]) => `val x = ${f} #\n(${g})${between}(takePubs(5, lambda() = ${h}) >y> (x, y))`);

function finished(source: string): Run {
  const run = createRun(compiled(source), { fuel: 5_000_000 }) as Run;
  while (run.end === null) {
    const more = step(run, 10_000);
    for (const output of takeOutputs(run)) if (output.type === "publication") format(output.value);
    for (const { id } of takeStarted(run)) deliver(run, id, { type: "halt" });
    const due = nextTimer(run);
    if (!more && run.end === null && due !== undefined) advance(run, due);
  }
  return run;
}

test("no call of the prelude breaks the host", () => {
  const property = fc.property(program, (source) => {
    const run = finished(source);
    if (run.end?.state === "halted") expect([run.tasks, run.root.live, run.root.children]).toEqual([0, 0, 0]);
    else expect(["blocked", "overrun"]).toContain(run.end?.state);
  });
  fc.assert(property, { numRuns: RUNS });
});

test("the prelude's names are many", () => {
  expect(new Set(names).size).toBeGreaterThan(140);
});
