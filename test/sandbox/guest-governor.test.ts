// The governor against clocks of every kind, and many of them on one simulated thread: slices of about 3 ms, fair shares
// of a turn, no slice when the clock tells nothing.
import { describe, expect, it } from "vitest";
import { BATCH, type Clock, Governor, type Pace, SLICE_FUEL, SLICE_MS } from "../../worker/sandbox/guest/governor.ts";

const FIRST = 3_000_000;
/** What local workerd takes for a timer, however long it is due. */
const SLEEP_MS = 1.15;

/** A thread on which calls run one after the other. Time moves by itself only where a call runs or nobody does. */
class Thread {
  readonly #sleeps: boolean;
  #time = 0;
  readonly #waiting: { readonly due: number; readonly resume: () => void }[] = [];

  /** @param sleeps whether it looks at timers only after it has slept, as local workerd does */
  constructor(sleeps = false) {
    this.#sleeps = sleeps;
  }

  /** @param tick what the clock is rounded down to @param frozen whether it stands still until a turn */
  clock(tick: number, frozen = false): Clock {
    let seen = 0;
    return {
      now: () => (frozen ? seen : Math.floor(this.#time / tick) * tick),
      turn: async () => {
        await new Promise<void>((resolve) => this.#waiting.push({ due: this.#time + 1.25, resume: resolve }));
        seen = this.#time;
      },
    };
  }

  run(ms: number): void {
    this.#time += ms;
  }

  /** Fires all timers that are due, each call running until it yields; waits for one when none is. @returns ms it took */
  async turn(): Promise<number> {
    const began = this.#time;
    const first = Math.min(...this.#waiting.map(({ due }) => due));
    this.#time = this.#sleeps ? this.#time + SLEEP_MS : Math.max(this.#time, first);
    const due = this.#waiting.filter((timer) => timer.due <= this.#time);
    for (const timer of due) {
      this.#waiting.splice(this.#waiting.indexOf(timer), 1);
      timer.resume();
      // What the call does until it yields again happens in promises.
      for (let i = 0; i < 10; i++) await Promise.resolve();
    }
    return this.#time - began;
  }
}

/** A call of so much fuel a millisecond, which runs as long as it is given turns. */
function start(
  thread: Thread,
  clock: Clock,
  rate: () => number,
  pace?: Pace,
): { slices: number[]; governor: Governor } {
  const governor = new Governor(FIRST, pace, clock);
  const slices: number[] = [];
  const run = async (): Promise<void> => {
    for (;;) {
      const fuel = governor.slice;
      slices.push(fuel / rate());
      thread.run(fuel / rate());
      await governor.yield(fuel);
    }
  };
  void run();
  return { slices, governor };
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

describe("a call alone", () => {
  it.each([
    ["slow code", 300_000, 0.01, false],
    ["ordinary code", 1_500_000, 0.01, false],
    ["fast code", 3_000_000, 0.01, false],
    ["a clock of whole milliseconds", 1_500_000, 1, false],
    ["a clock of whole milliseconds, fast code", 3_000_000, 1, false],
    ["a clock that stands still while code runs", 1_500_000, 0.01, true],
    ["a clock that stands still, fast code", 3_000_000, 0.01, true],
  ])("runs about 3 ms at a time: %s", async (_name, rate, tick, frozen) => {
    const thread = new Thread();
    const { slices } = start(thread, thread.clock(tick, frozen), () => rate);
    for (let i = 0; i < 200; i++) await thread.turn();
    const late = mean(slices.slice(-50));
    expect(late).toBeGreaterThan(1.5);
    expect(late).toBeLessThan(SLICE_MS.most + 0.5);
  });

  it.each([
    ["a call", undefined, SLICE_MS.most, 0.01],
    ["a call, a clock of whole milliseconds", undefined, SLICE_MS.most, 1],
    ["a job's batch", BATCH, BATCH.ms, 0.01],
    ["a job's batch, a clock of whole milliseconds", BATCH, BATCH.ms, 1],
  ])("takes what it may where timers are slow: %s", async (_name, pace, most, tick) => {
    const thread = new Thread(true);
    const { slices } = start(thread, thread.clock(tick), () => 1_500_000, pace);
    for (let i = 0; i < 200; i++) await thread.turn();
    const late = mean(slices.slice(-100));
    expect(late).toBeGreaterThan(0.85 * most);
    expect(late).toBeLessThan(most + 0.5);
  });

  it("waits for a timer once, and then goes on as soon as others had their turn", async () => {
    const thread = new Thread();
    const clock = thread.clock(0.01);
    const { slices } = start(thread, clock, () => 1_500_000);
    for (let i = 0; i < 20; i++) await thread.turn();
    const began = clock.now();
    const before = slices.length;
    for (let i = 0; i < 50; i++) await thread.turn();
    const ran = slices.slice(before).reduce((sum, ms) => sum + ms, 0);
    expect(slices.length - before).toBe(50);
    expect(clock.now() - began).toBeLessThan(ran + 1);
  });

  it("waits for a turn that was asked for ahead, but not for one that has been", async () => {
    const turns: (() => void)[] = [];
    const governor = new Governor(FIRST, undefined, {
      now: () => 0,
      turn: () => new Promise((resolve) => turns.push(resolve)),
    });
    governor.ahead();
    governor.ahead();
    expect(turns).toHaveLength(1);
    turns[0]?.();
    await new Promise((resolve) => setTimeout(resolve, 0));
    const second = governor.yield(FIRST);
    expect(turns).toHaveLength(2);
    turns[1]?.();
    await second;
    // Asked for ahead when the slice began.
    expect(turns).toHaveLength(3);
    const third = governor.yield(FIRST);
    expect(turns).toHaveLength(3);
    turns[2]?.();
    await third;
  });

  it("follows code that becomes slower, within a few turns", async () => {
    const thread = new Thread();
    let rate = 5_000_000;
    const { slices } = start(thread, thread.clock(0.01), () => rate);
    for (let i = 0; i < 50; i++) await thread.turn();
    rate = 500_000;
    for (let i = 0; i < 20; i++) await thread.turn();
    expect(slices.at(-1)).toBeLessThan(SLICE_MS.most + 0.5);
    // Before it knew: what fuel ran in 3 ms before takes ten times as long, a few times.
    expect(slices.filter((ms) => ms > 10).length).toBeLessThan(4);
  });

  it("grows no faster than twice at a time, because what comes may be slower", async () => {
    const thread = new Thread();
    const { governor } = start(thread, thread.clock(0.01), () => 10_000_000);
    expect(governor.slice).toBe(FIRST);
    await thread.turn();
    expect(governor.slice).toBe(2 * FIRST);
    await thread.turn();
    expect(governor.slice).toBe(SLICE_FUEL.most);
  });

  it("keeps within bounds, whatever is measured", async () => {
    for (const rate of [1, 10_000_000_000]) {
      const thread = new Thread();
      const { governor } = start(thread, thread.clock(0.01), () => rate);
      for (let i = 0; i < 100; i++) await thread.turn();
      expect(governor.slice).toBe(rate === 1 ? SLICE_FUEL.least : SLICE_FUEL.most);
    }
    expect(new Governor(1).slice).toBe(SLICE_FUEL.least);
    expect(new Governor(1e12).slice).toBe(SLICE_FUEL.most);
  });

  it("keeps its slice when no time moves, and when the time tells nothing of the code", async () => {
    const still: Clock = { now: () => 7, turn: () => Promise.resolve() };
    const governor = new Governor(FIRST, undefined, still);
    for (let i = 0; i < 20; i++) await governor.yield(FIRST);
    expect(governor.slice).toBe(FIRST);
    let time = 0;
    const slow = new Governor(FIRST, undefined, { now: () => time, turn: () => Promise.resolve() });
    for (let i = 0; i < 20; i++) {
      time += 1000;
      await slow.yield(null);
    }
    expect(slow.slice).toBe(FIRST);
  });
});

describe("many calls on one thread", () => {
  it.each([
    [2, false],
    [4, false],
    [8, false],
    [2, true],
    [4, true],
    [8, true],
  ])(
    "%d take a few milliseconds together, in equal shares, whenever they came (slow timers: %s)",
    async (count, sleeps) => {
      const thread = new Thread(sleeps);
      const calls = [];
      for (let i = 0; i < count; i++) {
        // Each with code of another speed.
        calls.push(start(thread, thread.clock(1), () => 600_000 * (i + 1)));
        for (let turn = 0; turn < 60; turn++) await thread.turn();
      }
      for (let turn = 0; turn < 400; turn++) await thread.turn();
      const turns = [];
      for (let turn = 0; turn < 100; turn++) turns.push(await thread.turn());
      expect(mean(turns)).toBeLessThan(5);
      const shares = calls.map(({ slices }) => mean(slices.slice(-100)));
      expect(Math.max(...shares) / Math.min(...shares)).toBeLessThan(2.5);
      expect(Math.min(...shares)).toBeGreaterThan(SLICE_MS.least / 2);
    },
  );

  it("one takes its share back when the others have gone", async () => {
    const thread = new Thread();
    const others = { gone: false };
    const leaving = (clock: Clock): Clock => ({
      now: () => clock.now(),
      turn: () => (others.gone ? new Promise(() => undefined) : clock.turn()),
    });
    const stays = start(thread, thread.clock(1), () => 1_500_000);
    for (let i = 0; i < 7; i++) start(thread, leaving(thread.clock(1)), () => 1_500_000);
    for (let turn = 0; turn < 200; turn++) await thread.turn();
    expect(mean(stays.slices.slice(-20))).toBeLessThan(1);
    others.gone = true;
    for (let turn = 0; turn < 200; turn++) await thread.turn();
    expect(mean(stays.slices.slice(-20))).toBeGreaterThan(1.5);
  });
});
