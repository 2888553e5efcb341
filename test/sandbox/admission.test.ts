// Admission keeps what the calls of one isolate hold below its capacity, lets nobody starve, and refuses beyond its queue.
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { Admission, type AdmissionLimits, type Place } from "../../worker/sandbox/admission.ts";

const limited = (more: Partial<AdmissionLimits>): Admission =>
  new Admission({ isolateBytes: 100, replicas: 1, waitingCalls: 1_000, waitingBytes: 1_000, ...more });
const never = (): Promise<void> => new Promise(() => undefined);
const place = (bytes: number, more: Partial<Place> = {}): Place => ({
  cancelled: never,
  bytes,
  queued: 0,
  until: Date.now() + 60_000,
  ...more,
});
const tick = (ms = 0): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe("admission", () => {
  test("never holds more than the capacity in one replica, and runs every call", async () => {
    const call = fc.record({ bytes: fc.integer({ min: 1, max: 100 }), ms: fc.integer({ min: 0, max: 3 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(call, { maxLength: 40 }), fc.integer({ min: 1, max: 3 }), async (calls, replicas) => {
        const admission = limited({ replicas });
        const held = Array<number>(replicas).fill(0);
        const done = await Promise.all(
          calls.map(({ bytes, ms }) =>
            admission.admit("build", place(bytes), async (replica) => {
              held[replica] = (held[replica] ?? 0) + bytes;
              expect(held[replica]).toBeLessThanOrEqual(100);
              await tick(ms);
              held[replica] -= bytes;
              return bytes;
            }),
          ),
        );
        expect(done).toEqual(calls.map(({ bytes }) => ({ ok: true, value: bytes })));
        expect(held.every((bytes) => bytes === 0)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  test("who came first goes first: a large call is not overtaken for ever by small ones", async () => {
    vi.useFakeTimers();
    try {
      const admission = limited({});
      const order: string[] = [];
      const run = (name: string, bytes: number): Promise<unknown> =>
        admission.admit("build", place(bytes), async () => {
          order.push(name);
          await tick(2);
        });
      const all = Promise.all([run("small 1", 60), run("large", 100), run("small 2", 10), run("small 3", 10)]);
      await vi.advanceTimersByTimeAsync(1_000);
      await all;
      expect(order).toEqual(["small 1", "large", "small 2", "small 3"]);
    } finally {
      vi.useRealTimers();
    }
  });

  test("the last call that may wait, and the first that is told to come back", async () => {
    const admission = limited({ waitingCalls: 2 });
    const run = (): Promise<{ ok: boolean }> => admission.admit("build", place(100), () => tick(5));
    const results = await Promise.all([run(), run(), run(), run()]);
    expect(results.map((result) => result.ok)).toEqual([true, true, true, false]);
  });

  test("a call that throws gives its memory back", async () => {
    const admission = limited({ waitingCalls: 10 });
    const failing = admission.admit("build", place(100), () => Promise.reject(new TypeError("broken")));
    await expect(failing).rejects.toThrow("broken");
    await expect(admission.admit("build", place(100), () => Promise.resolve("next"))).resolves.toEqual({
      ok: true,
      value: "next",
    });
  });

  test("builds do not wait for one another", async () => {
    const admission = limited({ waitingCalls: 10 });
    const first = admission.admit("one", place(100), () => tick(50));
    const began = performance.now();
    await admission.admit("two", place(100), () => tick());
    expect(performance.now() - began).toBeLessThan(45);
    await first;
  });

  test("bytes that may wait: the last accepted and the first refused", async () => {
    const admission = limited({ waitingBytes: 50 });
    const run = (queued: number): Promise<{ ok: boolean }> =>
      admission.admit("build", place(100, { queued }), () => tick(5));
    const results = await Promise.all([run(99), run(50), run(1)]);
    expect(results.map((result) => result.ok)).toEqual([true, true, false]);
  });

  test("who waits beyond the deadline is told so, and leaves the queue", async () => {
    const admission = limited({});
    const first = admission.admit("build", place(100), () => tick(60));
    const late = admission.admit("build", place(100, { until: Date.now() + 10 }), () => Promise.resolve("ran"));
    const next = admission.admit("build", place(100), () => Promise.resolve("ran"));
    expect(await late).toEqual({ ok: false, error: "late" });
    expect(await next).toEqual({ ok: true, value: "ran" });
    await first;
  });

  test("a place that was never given back is taken back after its deadline", async () => {
    vi.useFakeTimers();
    try {
      const admission = limited({});
      void admission.admit("build", place(100), () => new Promise(() => undefined));
      vi.setSystemTime(Date.now() + 70_001);
      await expect(admission.admit("build", place(100), () => Promise.resolve("in"))).resolves.toEqual({
        ok: true,
        value: "in",
      });
    } finally {
      vi.useRealTimers();
    }
  });
});

describe("a line", () => {
  test("is not held up by those who are gone: the runtime ends requests at any await", async () => {
    const admission = limited({});
    let end = (): void => undefined;
    const first = admission.admit("build", place(100), () => new Promise<void>((resolve) => (end = resolve)));
    vi.useFakeTimers();
    try {
      for (let n = 0; n < 20; n++) void admission.admit("build", place(100), () => Promise.resolve("gone"));
      // Their timers never run out.
      vi.clearAllTimers();
      const next = admission.admit("build", place(100), () => Promise.resolve("next"));
      end();
      await vi.advanceTimersByTimeAsync(10_000);
      await first;
      expect(await next).toEqual({ ok: true, value: "next" });
    } finally {
      vi.useRealTimers();
    }
  });

  test("stands as it stood after the thread was held up for long: whose timers were late is not gone", async () => {
    vi.useFakeTimers();
    try {
      const admission = limited({});
      const order: string[] = [];
      const run = (name: string): Promise<unknown> =>
        admission.admit("build", place(100), async () => {
          order.push(name);
          await tick(300);
        });
      const all = ["first", "second", "third", "fourth"].map(run);
      await vi.advanceTimersByTimeAsync(50);
      // Nothing ran for a while, not even timers.
      vi.setSystemTime(Date.now() + 3_000);
      await vi.advanceTimersByTimeAsync(300);
      all.push(run("late"));
      await vi.advanceTimersByTimeAsync(10_000);
      await Promise.all(all);
      expect(order.toSorted()).toEqual(["first", "fourth", "late", "second", "third"]);
      expect(order.at(-1)).toBe("late");
    } finally {
      vi.useRealTimers();
    }
  });

  test("is not overtaken by who comes when a place has just become free", async () => {
    const admission = limited({});
    const order: string[] = [];
    const run = (name: string): Promise<unknown> =>
      admission.admit("build", place(100), async () => {
        order.push(name);
        await tick(2);
      });
    const first = run("first");
    const second = run("second");
    await first;
    await Promise.all([second, run("third")]);
    expect(order).toEqual(["first", "second", "third"]);
  });
});

describe("admission on trust", () => {
  const refuse = (done: string): boolean => done === "refused";
  const held = (): { readonly promise: Promise<string>; readonly resolve: (done: string) => void } =>
    Promise.withResolvers<string>();
  /** Calls that note where they were let in, and whether on trust. @param answer what each comes to */
  const noting =
    (admission: Admission, seen: string[], answer: (trusted: boolean) => Promise<string>) =>
    (wanted: Place): Promise<unknown> =>
      admission.admit(
        "build",
        wanted,
        (replica, trusted) => {
          seen.push(`${replica} ${trusted}`);
          return answer(trusted);
        },
        refuse,
      );

  test("many that end in one go are let into one isolate, up to a number; the next one stands in line", async () => {
    const admission = limited({ replicas: 1 });
    const gate = held();
    const seen: string[] = [];
    const run = noting(admission, seen, () => gate.promise);
    const all = Array.from({ length: 65 }, () => run(place(60)));
    await tick(5);
    expect(seen).toEqual(Array.from({ length: 64 }, () => "0 true"));
    gate.resolve("done");
    await Promise.all(all);
    expect(seen.at(-1)).toBe("0 false");
  });

  test("who is refused stands in line, and for a while nobody is trusted", async () => {
    const admission = limited({ replicas: 1 });
    const long = held();
    const first = admission.admit("build", place(60), () => long.promise, refuse);
    const asked: string[] = [];
    const run = noting(admission, asked, (trusted) => Promise.resolve(trusted ? "refused" : "ran"));
    const second = run(place(60));
    await tick(5);
    expect(asked).toEqual(["0 true"]);
    const third = run(place(60));
    await tick(5);
    expect(asked).toEqual(["0 true"]);
    long.resolve("done");
    expect(await second).toEqual({ ok: true, value: "ran" });
    expect(await third).toEqual({ ok: true, value: "ran" });
    expect(asked).toEqual(["0 true", "0 false", "0 false"]);
    await first;
  });

  test("nobody is let in on trust beside one that was counted and is on its way, where there is no room for both", async () => {
    const admission = limited({ replicas: 2 });
    const gate = held();
    // As a job's batch, which reads its chunks before it goes there.
    const batch = admission.admit("build", place(60), () => gate.promise);
    const asked: string[] = [];
    const run = noting(admission, asked, () => gate.promise);
    const calls = [1, 2, 3].map(() => run(place(30)));
    await tick(5);
    expect(asked).toEqual(["0 true", "1 true", "1 true"]);
    gate.resolve("done");
    await Promise.all([batch, ...calls]);
  });

  test("who stays for more than a moment is counted: others go elsewhere", async () => {
    vi.useFakeTimers();
    try {
      const admission = limited({ replicas: 2 });
      void admission.admit("build", place(60), () => new Promise<string>(() => undefined), refuse);
      await vi.advanceTimersByTimeAsync(1_001);
      const next = await admission.admit("build", place(60), (replica) => Promise.resolve(String(replica)), refuse);
      expect(next).toEqual({ ok: true, value: "1" });
    } finally {
      vi.useRealTimers();
    }
  });

  test("inputs that wait in isolates are bounded: the last byte, and the first too many", async () => {
    const admission = limited({ waitingBytes: 50 });
    const gate = held();
    const asked: string[] = [];
    const run = noting(admission, asked, () => gate.promise);
    const all = [49, 1, 1].map((queued) => run(place(60, { queued })));
    await tick(5);
    expect(asked).toEqual(["0 true", "0 true"]);
    gate.resolve("done");
    await Promise.all(all);
    expect(asked).toEqual(["0 true", "0 true", "0 false"]);
  });
});
