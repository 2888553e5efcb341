// The last accepted and the first refused value of every bound of a run (worker/orc/values/bounds.ts).
import { expect, test } from "vitest";
import { createRun, type Run, step } from "../../worker/orc/engine/index.ts";
import { liveBytes } from "../../worker/orc/engine/memory.ts";
import { addNumbers, power } from "../../worker/orc/values/arith.ts";
import { BOUNDS, Overrun } from "../../worker/orc/values/bounds.ts";
import { decimal } from "../../worker/orc/values/decimal.ts";
import { equal } from "../../worker/orc/values/equal.ts";
import { Tuple, type Value } from "../../worker/orc/values/kinds.ts";
import { format } from "../../worker/orc/values/text.ts";
import { compiled, say } from "./harness.ts";

const codeOf = (out: unknown): string | undefined => (out instanceof Overrun ? out.code : undefined);

test("integerBits: 2 ** (bits - 1) has so many", () => {
  expect(codeOf(power(2, BOUNDS.integerBits - 1))).toBeUndefined();
  expect(codeOf(power(2, BOUNDS.integerBits))).toBe("integer-too-large");
  const largest = 2n ** BigInt(BOUNDS.integerBits) - 1n;
  expect(codeOf(addNumbers(largest, -1))).toBeUndefined();
  expect(codeOf(addNumbers(largest, 1))).toBe("integer-too-large");
});

test("decimalScale, either sign", () => {
  expect(codeOf(decimal(1n, BOUNDS.decimalScale))).toBeUndefined();
  expect(codeOf(decimal(1n, -BOUNDS.decimalScale))).toBeUndefined();
  expect(codeOf(decimal(1n, BOUNDS.decimalScale + 1))).toBe("decimal-too-long");
  expect(codeOf(decimal(1n, -BOUNDS.decimalScale - 1))).toBe("decimal-too-long");
});

test("a literal out of bounds ends the run before it begins", async () => {
  expect((await say("1E10000")).end).toBe("halted");
  expect((await say("1E10001")).end).toBe("decimal-too-long");
});

test("stringUnits", async () => {
  const text = "x".repeat(BOUNDS.stringUnits - 1);
  expect((await say(`"${text.slice(0, 1000)}" >> "ok"`)).lines).toEqual(['"ok"']);
  const doubling = "def twice(0, s) = s  def twice(n, s) = twice(n - 1, s + s) #";
  expect((await say(`${doubling}  twice(22, "x").length()`)).lines).toEqual([String(BOUNDS.stringUnits)]);
  expect((await say(`${doubling}  (twice(22, "x") + "y").length()`)).end).toBe("string-too-long");
});

test("arrayLength", async () => {
  expect((await say(`Array(${BOUNDS.arrayLength}).length?`)).lines).toEqual([String(BOUNDS.arrayLength)]);
  expect((await say(`Array(${BOUNDS.arrayLength + 1})`)).end).toBe("array-too-long");
});

test("visits of one comparison and of one text", () => {
  const shared = (depth: number): Value => {
    let value: Value = 1;
    for (let level = 0; level < depth; level++) value = new Tuple([value, value]);
    return value;
  };
  let charged = 0;
  const payer = { charge: (steps: number) => void (charged += steps) };
  expect(equal(shared(16), shared(16), payer)).toBe(true);
  expect(charged).toBeGreaterThan(2 ** 14);
  expect(codeOf(equal(shared(22), shared(22), payer))).toBe("value-too-deep");
  expect(codeOf(format(shared(18)))).toBeUndefined();
  expect(codeOf(format(shared(22)))).toBe("string-too-long");
  expect(BOUNDS.visits).toBe(4_000_000);
});

test("liveTasks", () => {
  const run = createRun(compiled("stop")) as Run;
  run.tasks = BOUNDS.liveTasks - 1;
  const more = createRun(compiled("1 | 2")) as Run;
  more.tasks = BOUNDS.liveTasks;
  step(run, 100);
  step(more, 100);
  expect(run.end?.state).not.toBe("overrun");
  expect(more.end).toMatchObject({ state: "overrun", code: "too-many-tasks" });
});

test("liveBytes: the estimate; what passes it is among the cases", () => {
  const holding = (list: number): number => {
    const run = createRun(
      compiled(`val c = Channel()  def once() = c.put(range(0, ${list})) >> c.get()  once() >> c.get()`),
    ) as Run;
    while (step(run, 10_000));
    return liveBytes(run);
  };
  expect(holding(2_000) - holding(1_000)).toBe(0);
  const kept = createRun(compiled("val c = Channel()  c.put(range(0, 1000)) >> Rwait(1) >> c.get()")) as Run;
  while (step(kept, 10_000));
  expect(liveBytes(kept)).toBeGreaterThan(24_000);
  expect(liveBytes(kept)).toBeLessThan(100_000);
  expect(BOUNDS.liveBytes).toBe(32 * 2 ** 20);
});

test("a run that holds little may make as much as it likes", async () => {
  const { end, lines } = await say("def loop(0) = 1  def loop(n) = Let([n, n, n, n]) >> loop(n - 1)  loop(30000)");
  expect({ end, lines }).toEqual({ end: "halted", lines: ["1"] });
});

test("fuel: the last step that is paid for, and one less", () => {
  const program = compiled("def f(0) = 1  def f(n) = f(n - 1)  f(100)");
  const whole = createRun(program) as Run;
  while (step(whole, 1_000));
  const enough = createRun(program, { fuel: (whole.steps + 1) * 100 }) as Run;
  while (step(enough, 1_000));
  const short = createRun(program, { fuel: (whole.steps - 2) * 100 }) as Run;
  while (step(short, 1_000));
  expect([whole.end?.state, enough.end?.state, short.end?.state]).toEqual(["halted", "halted", "overrun"]);
});

test("100,000 tasks in one scope", async () => {
  const { lines } = await say("(upto(100000) >> Rwait(10) >> stop) ; Rtime()");
  expect(lines).toEqual(["10"]);
});
