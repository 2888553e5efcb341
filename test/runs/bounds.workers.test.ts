// What bounds programs inside a request: hostile ones, fuel, memory of all together, silence; and the ceiling that a run's
// calls share.
import { beforeAll, describe, expect, test } from "vitest";
import type { Held, MoneySource } from "../../worker/calls/purse.ts";
import { LIMITS } from "../../worker/limits.ts";
import { CALL_FEE, computePrice } from "../../worker/market/money/price.ts";
import { err, ok } from "../../worker/market/result.ts";
import { createRun, step } from "../../worker/orc/engine/index.ts";
import { Run } from "../../worker/orc/engine/run.ts";
import { compile } from "../../worker/orc/index.ts";
import { Ceiling } from "../../worker/runs/ceiling.ts";
import { Evaluation } from "../../worker/runs/evaluation.ts";
import { enter, leave, watch } from "../../worker/runs/memory.ts";
import { invited } from "../support/accounts.ts";
import { type Client, bootstrap } from "../support/client.ts";
import { env, fetchInside } from "../support/inside.ts";
import { begin, tell } from "./stream.ts";

let bob: Client;

beforeAll(async () => {
  const ada = await bootstrap(fetchInside, "ada");
  bob = await invited(ada, "bob", 10_000_000_000);
});

describe("hostile programs end, coded", () => {
  test.each([
    ["a power beyond all bounds", "2 ** 1000000000", "integer-too-large"],
    ["a string doubled 60 times", 'def d(s, n) = if n = 0 then s else d(s + s, n - 1)  d("x", 60)', "string-too-long"],
    ["recursion without publication", "def f(n) = f(n + 1) + 1  f(0)", "too-much-memory"],
    ["an array of two million", "Array(2000000)", "array-too-long"],
  ])("%s", async (_, body, code) => {
    const told = await tell({ key: bob.key, body });
    expect([told.status, told.end.state, told.end.code]).toEqual([200, "overrun", expect.stringContaining(code)]);
  });

  test.each([
    ["nesting 10,000 deep", `${"(".repeat(10_000)}1${")".repeat(10_000)}`],
    ["a string that never ends", '"abc'],
    ["a comment that never ends", "{- abc"],
    ["an include of itself", 'include "program.orc"  1'],
  ])("%s is refused with a place", async (_, body) => {
    const told = await tell({ key: bob.key, body });
    expect(told.status).toBe(422);
    expect(JSON.parse(told.body)).toMatchObject({ errors: [{ path: expect.stringMatching(/^\d+:\d+$/) }] });
  });

  test("included files are found below the program's folder only, by their own folders", async () => {
    const files = { "lib/a.inc": 'include "b.inc" include "../c.inc"', "lib/b.inc": "val b = 1", "c.inc": "val c = 2" };
    const send = (program: string) =>
      tell({
        key: bob.key,
        body: JSON.stringify({ program, files }),
        headers: { "Content-Type": "application/json" },
      });
    expect((await send('include "lib/a.inc"  b + c')).said).toMatchObject([{ value: 3 }]);
    expect((await send('include "../c.inc"  c')).status).toBe(422);
    expect((await send('include "lib/../../c.inc"  c')).status).toBe(422);
  });
});

test("a silent run says nothing in a form that readers skip, so that a client that left is noticed", async () => {
  const { response, over } = await begin({ key: bob.key, body: "Rwait(1300) >> 1" });
  const body = await response.text();
  await over();
  expect(body).toMatch(/^ \{"type":"publication"/);
  expect(JSON.parse(body.split("\n")[0] ?? "")).toMatchObject({ value: 1 });
  const sse = await tell({ key: bob.key, body: "Rwait(1300) >> 1", headers: { Accept: "text/event-stream" } });
  expect(sse.body.startsWith(":\n\n")).toBe(true);
});

/** Money without end. */
const rich = (amount: number): Held => {
  const held = {
    lease: "lease",
    amount,
    extend: (_: unknown, missing: number) => {
      held.amount += missing;
      return Promise.resolve(missing);
    },
    close: () => undefined,
  };
  return held;
};

test("evaluation may burn LIMITS.orcFuel, whatever its ceiling; before that only what is paid", async () => {
  const facts = { id: "req-1", grant: {} as never, program: "1", began: 0 };
  const much = new Evaluation(env, rich(CALL_FEE + computePrice(LIMITS.orcFuel) * 2), facts);
  expect(await much.allow(0)).toBe(LIMITS.orcFuel);
  const little = new Evaluation(env, rich(CALL_FEE + 50_000), facts);
  expect(await little.allow(0)).toBe(50_000_000);
  expect(await little.allow(49_000_000)).toBe(150_000_000);
});

/** Elements of an array, 4 bytes each: 3.5 MB. */
const ELEMENTS = 875_000;

/** A run that holds so many arrays. */
function holding(arrays: number): Run {
  const names = Array.from({ length: arrays }, (_, i) => `a${i}`);
  const source = `${names.map((name) => `val ${name} = Array(${ELEMENTS})`).join("\n")}
val all = [${names.join(", ")}]
Rwait(1000) >> all`;
  const compiled = compile(source);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.diagnostics));
  const run = createRun(compiled.program);
  if (!(run instanceof Run)) throw new Error(JSON.stringify(run));
  while (step(run, 1_000));
  return run;
}

test("programs together hold LIMITS.orcIsolateBytes; the one that passes it is ended", () => {
  const fits = Math.floor(LIMITS.orcIsolateBytes / (4 * ELEMENTS + 1_000));
  const runs = [holding(6), holding(fits - 9), holding(4)];
  expect(runs.map((run) => run.end)).toEqual([null, null, null]);
  expect(runs.map((run) => enter(run, "ada"))).toEqual([true, true, true]);
  for (const run of runs) watch(run);
  expect(runs.map((run) => run.end?.state)).toEqual([undefined, undefined, "overrun"]);
  expect(runs.map((run) => leave(run))).toEqual([true, true, true]);
});

describe("one ceiling", () => {
  const endless: MoneySource = { reserve: (_, _least, want) => Promise.resolve(ok(rich(want))) };
  const later = Date.now() + 60_000;

  test("who finds nothing left waits until somebody gives back, and is refused when nobody will", async () => {
    const ceiling = new Ceiling(100);
    const source = ceiling.over(endless);
    const first = await source.reserve(env, 10, 80, later);
    if (!first.ok) throw new Error("refused");
    const second = source.reserve(env, 50, 80, later);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(ceiling.rest).toBe(20);
    first.value.close(30);
    const got = await second;
    expect(got.ok && got.value.amount).toBe(70);
    expect([ceiling.spent, ceiling.rest, ceiling.reached]).toEqual([30, 0, false]);
    if (got.ok) got.value.close(60);
    expect(await source.reserve(env, 11, 11, later)).toEqual(err({ code: "insufficient-credits", available: 0 }));
    expect(ceiling.reached).toBe(true);
  });

  test("two that both wait for more do not wait for each other", async () => {
    const ceiling = new Ceiling(100);
    const source = ceiling.over(endless);
    const held = await Promise.all([source.reserve(env, 50, 50, later), source.reserve(env, 50, 50, later)]);
    const added = await Promise.all(
      held.map(async (each) => {
        if (!each.ok) return -1;
        const more = await each.value.extend(env, 10);
        // Who gets nothing ends, and so helps the other.
        each.value.close(more === 0 ? 45 : 55);
        return more;
      }),
    );
    expect(added.toSorted((a, b) => a - b)).toEqual([0, 5]);
    expect(ceiling.rest).toBeGreaterThanOrEqual(0);
  });

  test("what is kept until the run ends is waited for by nobody", async () => {
    const ceiling = new Ceiling(100);
    await ceiling.over(endless, false).reserve(env, 60, 60, later);
    expect((await ceiling.over(endless).reserve(env, 50, 50, later)).ok).toBe(false);
  });
});
