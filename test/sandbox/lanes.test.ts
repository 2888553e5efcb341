// Where batches go: to the lane with least to do, past those that are full or failed a moment ago; and what is heard of an annex.
import { describe, expect, test, vi } from "vitest";
import type { Env } from "../../worker/env.ts";
import { LIMITS } from "../../worker/limits.ts";
import { Admission, type Place } from "../../worker/sandbox/admission.ts";
import type { AnnexStub } from "../../worker/sandbox/annex.ts";
import { AnnexLane, type Lane, type Opened, freest, mostOf } from "../../worker/sandbox/lanes.ts";
import type { Runner } from "../../worker/sandbox/loader.ts";
import type { GuestBatch, GuestHost } from "../../worker/sandbox/protocol.ts";

const MIB = 1024 * 1024;
const LIMITED = { isolateBytes: 96 * MIB, replicas: 1, waitingCalls: 10, waitingBytes: MIB };
const place = (bytes = MIB): Place => ({ bytes, queued: 0, until: Date.now() + 60_000 });

/** A lane that runs so many. */
function lane(most: number, running: number, rests = false): Lane {
  const admission = new Admission(LIMITED);
  for (let batch = 0; batch < running; batch++)
    void admission.admit("other", place(), () => new Promise(() => undefined));
  return { admission, most, rests: () => rests, open: () => Promise.reject(new Error("not here")) };
}

describe("a batch goes", () => {
  const here = lane(1, 0);

  test.each([
    ["to the first annex of those that do nothing", [lane(2, 0), lane(2, 0)], 0],
    ["to the annex that does least", [lane(2, 1), lane(2, 0)], 1],
    ["by the share of what each may have", [lane(4, 1), lane(2, 1)], 0],
    ["past one that failed a moment ago", [lane(2, 0, true), lane(2, 1)], 1],
    ["to this process when all have failed", [lane(2, 0, true), lane(2, 0, true)], 2],
    ["to this process where there is no other", [], 0],
  ])("%s", (_, annexes, chosen) => {
    const lanes = [...annexes, here];
    expect(freest(lanes, "build", place())).toBe(lanes[chosen]);
  });

  test("nowhere while its build's isolates are full in all annexes, to the last byte", () => {
    const lanes = [lane(2, 0), lane(2, 0), here];
    for (const { admission } of lanes.slice(0, 2))
      void admission.admit("build", place(95 * MIB), () => new Promise(() => undefined));
    expect(freest(lanes, "build", place(MIB))).toBe(lanes[0]);
    expect(freest(lanes, "build", place(MIB + 1))).toBeNull();
  });

  test("with no more than all annexes together have, or this process alone", () => {
    expect(mostOf([lane(2, 0), lane(2, 0), here])).toBe(4);
    expect(mostOf([here])).toBe(1);
  });
});

const BUILD = { metered: { sha256: "a".repeat(64) }, manifest: { abi: "orcade" }, code: new Uint8Array(3) } as Opened;
const [BATCH, HOST] = [{} as GuestBatch, {} as GuestHost];

type What = "bring" | "open" | "batch" | "alive";

/** An annex that can be told to fail, and says what it was asked. */
function annex(): { env: Env; said: string[]; fail: { next: What | null; with: unknown } } {
  const said: string[] = [];
  const fail: ReturnType<typeof annex>["fail"] = { next: null, with: undefined };
  const answer = async <T>(what: What, right: T): Promise<T> => {
    said.push(what);
    if (fail.next !== what) return right;
    fail.next = null;
    if (fail.with instanceof Error) throw fail.with;
    return fail.with as T;
  };
  const runner = { batch: () => answer("batch", { ran: 1 }), [Symbol.dispose]: () => void said.push("close") };
  const stub: AnnexStub = {
    bring: () => answer("bring", true),
    open: () => answer("open", runner as unknown as Runner),
    alive: () => answer("alive", true as const),
  };
  return { env: { ANNEX_1: stub } as unknown as Env, said, fail };
}

async function sent(lane: Lane, env: Env): Promise<unknown> {
  const sender = await lane.open(env, BUILD, 0, null);
  try {
    return await sender.batch(BATCH, HOST);
  } finally {
    sender[Symbol.dispose]();
  }
}

describe("an annex", () => {
  test("gets a build's code once", async () => {
    const { env, said } = annex();
    const lane = new AnnexLane("ANNEX_1");
    expect(await sent(lane, env)).toEqual({ ran: 1 });
    await sent(lane, env);
    expect(said).toEqual(["bring", "open", "batch", "close", "open", "batch", "close"]);
  });

  test.each([
    ["that breaks off in a batch", "batch"],
    ["that cannot be reached", "open"],
  ] as const)("%s gets it again, and rests for a second", async (_, next) => {
    vi.useFakeTimers();
    try {
      const { env, said, fail } = annex();
      const lane = new AnnexLane("ANNEX_1");
      Object.assign(fail, { next, with: new Error("gone") });
      await expect(sent(lane, env)).rejects.toThrow();
      expect(lane.rests()).toBe(true);
      vi.advanceTimersByTime(999);
      expect(lane.rests()).toBe(true);
      vi.advanceTimersByTime(1);
      expect(lane.rests()).toBe(false);
      said.length = 0;
      await sent(lane, env);
      expect(said[0]).toBe("bring");
    } finally {
      vi.useRealTimers();
    }
  });

  test.each([
    ["that began anew", "open", null, ["open", "bring", "open", "batch", "close"]],
    ["that was brought other code than its hash says", "bring", false, ["bring", "bring", "open", "batch", "close"]],
  ] as const)("%s gets it once more at once", async (_, next, how, heard) => {
    const { env, said, fail } = annex();
    const lane = new AnnexLane("ANNEX_1");
    if (next === "open") await sent(lane, env);
    said.length = 0;
    Object.assign(fail, { next, with: how });
    expect(await sent(lane, env)).toEqual({ ran: 1 });
    expect(said).toEqual(heard);
    expect(lane.rests()).toBe(false);
  });

  test("that is silent is asked whether it is there: a batch may take its time, one that is gone is given up", async () => {
    vi.useFakeTimers();
    try {
      const { env, said, fail } = annex();
      const lane = new AnnexLane("ANNEX_1");
      Object.assign(fail, { next: "batch", with: new Promise((resolve) => setTimeout(resolve, 7_000, { ran: 2 })) });
      const slow = sent(lane, env);
      await vi.advanceTimersByTimeAsync(7_000);
      expect(await slow).toEqual({ ran: 2 });
      expect(said.filter((what) => what === "alive")).toHaveLength(3);
      const never = new Promise(() => undefined);
      Object.assign(fail, { next: "batch", with: never });
      const lost = sent(lane, env);
      const heard = expect(lost).rejects.toThrow("silent");
      await vi.advanceTimersByTimeAsync(1_999);
      Object.assign(fail, { next: "alive", with: never });
      await vi.advanceTimersByTimeAsync(2_000);
      expect(lane.rests()).toBe(false);
      await vi.advanceTimersByTimeAsync(1);
      await heard;
      expect(lane.rests()).toBe(true);
      await vi.advanceTimersByTimeAsync(9_999);
      expect(lane.rests()).toBe(true);
      await vi.advanceTimersByTimeAsync(1);
      expect(lane.rests()).toBe(false);
    } finally {
      vi.useRealTimers();
    }
  });

  test("has room of its own, as much as one process has", () => {
    const { admission } = new AnnexLane("ANNEX_1");
    expect(admission.fits("build", place(LIMITS.isolateBytes))).toBe(true);
    expect(admission.held).toBe(0);
  });
});
