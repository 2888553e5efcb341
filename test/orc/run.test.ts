// The driver and the synchronous core: sites outside that are late, never, twice or wrong; kills, aborts, slow readers.
import { expect, test } from "vitest";
import {
  advance,
  cancel,
  createRun,
  deliver,
  nextTimer,
  type Run,
  step,
  takeCancelled,
  takeOutputs,
  takeStarted,
} from "../../worker/orc/engine/index.ts";
import { realClock, run, SimulatedClock, type SitePort } from "../../worker/orc/index.ts";
import { compiled, plain, say } from "./harness.ts";

const IMPORT = 'import site Ask = "ask"\n';

/** A site that answers its first argument after so many milliseconds of simulated time. */
const late =
  (clock: SimulatedClock, milliseconds: number): SitePort =>
  (args, call) =>
    clock.after(milliseconds, () => call.answer(args[0] ?? null));

test("a site outside answers", async () => {
  const ask: SitePort = ([question], call) => call.answer(`${plain(question)}!`);
  expect((await say(`${IMPORT}Ask("hello")`, { sites: { ask } })).lines).toEqual(['"hello!"']);
});

test("a site that answers late is waited for, whatever timers run", async () => {
  const clock = new SimulatedClock();
  const program = `${IMPORT}Ask("late") >x> (x, Rtime()) | Rwait(10) >> "timer"`;
  const { lines } = await say(program, { clock, sites: { ask: late(clock, 25) } });
  expect(lines).toEqual(['"timer"', '("late", 25)']);
});

test("a site that never answers: a timeout goes on without it, and it is told", async () => {
  const killed: string[] = [];
  const ask: SitePort = (_, call) => call.onKill(() => killed.push("killed"));
  const { lines } = await say(`${IMPORT}Let(Ask(1) | Rwait(50) >> "default")`, { sites: { ask } });
  expect({ lines, killed }).toEqual({ lines: ['"default"'], killed: ["killed"] });
});

test("a site that answers twice: the first answer counts", async () => {
  const ask: SitePort = (_, call) => {
    call.answer(1);
    call.answer(2);
    call.fail("too late");
  };
  expect((await say(`${IMPORT}Ask(0)`, { sites: { ask } })).lines).toEqual(["1"]);
});

test("a site that answers after it was killed", async () => {
  const clock = new SimulatedClock();
  const program = `${IMPORT}Let(Ask("late") | Rwait(5) >> "first") >x> (x | Rwait(100) >> "end")`;
  const { lines } = await say(program, { clock, sites: { ask: late(clock, 20) } });
  expect(lines).toEqual(['"first"', '"end"']);
});

test("a site that halts, and one that fails", async () => {
  const ask: SitePort = ([how], call) => (how === 1 ? call.halt() : call.fail("no such page", "http.NotFound"));
  const { lines } = await say(`${IMPORT}(Ask(1) ; "halted") | (Ask(2) ; "failed")`, { sites: { ask } });
  expect(lines).toEqual(["Error: http.NotFound: no such page", '"halted"', '"failed"']);
});

test("a site that throws, at once or later", async () => {
  const sites = {
    ask: () => {
      throw new TypeError("broken");
    },
    tell: () => Promise.reject(new Error("broken later")),
  };
  const program = `${IMPORT}import site Tell = "tell"\n(Ask(1) ; "a") | (Tell(1) ; "b")`;
  const { lines } = await say(program, { sites });
  expect([...lines].sort()).toEqual([
    '"a"',
    '"b"',
    "Error: orc.error.runtime.SiteException: broken",
    "Error: orc.error.runtime.SiteException: broken later",
  ]);
});

test("an asynchronous site in simulated time", async () => {
  const ask: SitePort = async ([value], call) => {
    await Promise.resolve();
    call.answer(value ?? null);
  };
  expect((await say(`${IMPORT}Ask(7)`, { sites: { ask } })).lines).toEqual(["7"]);
});

test("methods of a site, and a site handed over as a value", async () => {
  const sites: Record<string, SitePort> = {
    "http.get": ([url], call) => call.answer(`page of ${plain(url)}`),
    http: (_, call) => call.fail("not callable"),
  };
  const program = 'import site http = "http"\nmap(http.get, ["a", "b"])';
  expect((await say(program, { sites })).lines).toEqual(['["page of a", "page of b"]']);
});

test("a site that is not there", async () => {
  const program = compiled(`${IMPORT}Ask(1) ; "none"`, ["ask"]);
  const lines: string[] = [];
  for await (const output of run(program, { clock: new SimulatedClock() })) lines.push(JSON.stringify(output));
  expect(lines[0]).toContain("There is no site ask");
});

test("a call outside keeps a clock zone busy until it is answered", async () => {
  const clock = new SimulatedClock();
  const program = `${IMPORT}Vclock(IntegerTimeOrder) >> (Ask("outside") | Vawait(1) >> "time")`;
  const { lines } = await say(program, { clock, sites: { ask: late(clock, 30) } });
  expect(lines).toEqual(['"outside"', '"time"']);
});

test("a killed call outside frees its clock zone", async () => {
  const ask: SitePort = () => undefined;
  const program = `${IMPORT}Vclock(IntegerTimeOrder) >> (
    val x = Ask("never") | Rwait(10) >> "gave up"
    x >> Vawait(1) >> "time")`;
  expect((await say(program, { sites: { ask } })).lines).toEqual(['"time"']);
});

test("a site that asks too late to be told is told at once", async () => {
  const clock = new SimulatedClock();
  const heard: string[] = [];
  const ask: SitePort = (_, call) => clock.after(20, () => call.onKill(() => heard.push("killed")));
  await say(`${IMPORT}Let(Ask(1) | Rwait(5)) >> Rwait(50)`, { clock, sites: { ask } });
  expect(heard).toEqual(["killed"]);
});

test("an abort ends the run and kills its calls", async () => {
  const abort = new AbortController();
  let killed = false;
  const ask: SitePort = (_, call) => {
    call.onKill(() => (killed = true));
    abort.abort();
  };
  const { end } = await say(`${IMPORT}Ask(1)`, { sites: { ask }, signal: abort.signal });
  expect({ end, killed }).toEqual({ end: "cancelled", killed: true });
});

test("leaving the loop ends the run and kills its calls", async () => {
  let killed = false;
  const sites: Record<string, SitePort> = { ask: (_, call) => call.onKill(() => (killed = true)) };
  const program = compiled(`${IMPORT}Ask(1) | Rwait(1) >> "first"`, ["ask"]);
  for await (const output of run(program, { clock: new SimulatedClock(), sites })) {
    if (output.type === "publication") break;
  }
  expect(killed).toBe(true);
});

test("a run goes on only as fast as it is read", async () => {
  const program = compiled("def loop(n) = n | loop(n + 1)  loop(0)");
  let read = 0;
  for await (const output of run(program, { clock: new SimulatedClock() })) {
    if (output.type === "publication" && ++read === 5_000) break;
  }
  expect(read).toBe(5_000);
});

test("the core stops while a thousand outputs wait", () => {
  const state = createRun(compiled("def loop(n) = n | loop(n + 1)  loop(0)")) as Run;
  expect(step(state, 10_000_000)).toBe(true);
  expect(takeOutputs(state).length).toBeLessThan(3_000);
});

test("real time", async () => {
  const program = compiled('Rwait(30) >> "later" | "now"');
  const start = Date.now();
  const texts: string[] = [];
  for await (const output of run(program, { clock: realClock() })) {
    if (output.type === "publication") texts.push(plain(output.value));
  }
  expect(texts).toEqual(["now", "later"]);
  expect(Date.now() - start).toBeGreaterThanOrEqual(29);
});

test("the core: calls are data, answers count once, killed calls are given up", () => {
  const state = createRun(compiled(`${IMPORT}Ask(1) | Let(Ask(2) | Ask(3))`, ["ask"])) as Run;
  step(state, 1_000);
  const calls = takeStarted(state);
  expect(calls.map(({ id, site, args }) => [id, site, args])).toEqual([
    [1, "ask", [1]],
    [2, "ask", [2]],
    [3, "ask", [3]],
  ]);
  expect(deliver(state, 2, { type: "value", value: "two" })).toBe(true);
  step(state, 1_000);
  expect(takeCancelled(state)).toEqual([3]);
  expect(deliver(state, 2, { type: "value", value: "again" })).toBe(false);
  expect(deliver(state, 3, { type: "value", value: "late" })).toBe(false);
  expect(state.end).toBeNull();
  cancel(state);
  expect(takeCancelled(state)).toEqual([1]);
  expect(takeOutputs(state)).toEqual([{ type: "publication", value: "two" }]);
});

test("counts are zero when a run has halted", async () => {
  for (const source of [
    "val x = (1 | Rwait(5)) ; 2  x | upto(3) >n> Rwait(n)",
    "def f(n) = if n = 0 then stop else (f(n - 1) ; f(n - 1))  f(6)",
    "Vclock(IntegerTimeOrder) >> (Vawait(1) | Let(Vawait(2) | Vawait(3)))",
  ]) {
    const state = createRun(compiled(source)) as Run;
    while (state.end === null) {
      step(state, 100);
      advance(state, nextTimer(state) ?? state.now);
    }
    expect({ end: state.end.state, tasks: state.tasks, live: state.root.live, children: state.root.children }).toEqual({
      end: "halted",
      tasks: 0,
      live: 0,
      children: 0,
    });
  }
});
