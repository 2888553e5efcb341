// Durable tasks: an attempt's number fences off what came before, the journal is read back in order, what died with its
// process begins again, and what fails too often ends.
import { runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import { database } from "../../../kv-schema/database.ts";
import { AGENDA_TABLE } from "../../../kv-schema/tables/agenda.ts";
import { TASK_TABLES } from "../../../kv-schema/tables/task.ts";
import { LIMITS } from "../../../worker/limits.ts";
import { Agenda } from "../../../worker/objects/agenda/agenda.ts";
import { type Attempt, TASK, Tasks } from "../../../worker/objects/task/task.ts";
import { env } from "../../support/inside.ts";

interface Desk {
  readonly tasks: Tasks;
  /** The same tables after the process died: nothing of the memory is left. */
  reborn(): Desk;
  /** Milliseconds until the agenda has something to do; null: nothing is planned. */
  next(): Promise<number | null>;
  /** Serves what the agenda has at this time. */
  serve(now: number, work: (attempt: Attempt) => ReturnType<Parameters<Tasks["serve"]>[1]>): Promise<void>;
}

const LADDER = { first: 1_000, most: 10_000, tries: 3 };

function desk(storage: DurableObjectStorage): Desk {
  const db = database(storage.sql);
  const agenda = new Agenda(storage, db);
  const tasks = new Tasks(storage, db, agenda, () => LADDER);
  return {
    tasks,
    reborn: () => desk(storage),
    next: () => storage.getAlarm(),
    serve: (now, work) =>
      agenda.serve(now, async (kind, id) => {
        expect(kind).toBe(TASK);
        await tasks.serve(id, work);
      }),
  };
}

const inside = (name: string, work: (desk: Desk) => Promise<void>): Promise<void> =>
  runInDurableObject(env.STATE.get(env.STATE.idFromName(`task-${name}`)), async (_, { storage }) => {
    storage.sql.exec(`${AGENDA_TABLE}; ${TASK_TABLES}`);
    await work(desk(storage));
    await storage.deleteAlarm();
  });

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (entry: Uint8Array): string => new TextDecoder().decode(entry);
const LATER = 10 ** 15;

test("is made once, done once, and nothing is planned any more", () =>
  inside("once", async (at) => {
    const due = Date.now();
    expect(await at.tasks.make("a", due)).toBe(true);
    expect(await at.tasks.make("a", due + 5)).toBe(false);
    let runs = 0;
    const work = (): Promise<{ state: "done" }> => {
      runs++;
      return Promise.resolve({ state: "done" });
    };
    await at.serve(due - 1, work);
    expect(runs).toBe(0);
    await at.serve(LATER, work);
    await at.serve(LATER, work);
    expect(runs).toBe(1);
    expect(at.tasks.view("a")).toMatchObject({ state: "done", attempt: 1, ended: expect.any(Number) });
    await at.tasks.revive();
    await at.serve(LATER, work);
    expect(runs).toBe(1);
  }));

test("an attempt that died with its process begins again under the next number and reads the journal in order", () =>
  inside("lost", async (at) => {
    await at.tasks.make("a", Date.now());
    const dead: Attempt[] = [];
    const big = "x".repeat(2_500_000);
    const hung = at.serve(LATER, (attempt) => {
      dead.push(attempt);
      expect(attempt.append(bytes("one"))).toBe(1);
      expect(attempt.append(bytes(big))).toBe(2);
      expect(attempt.append(new Uint8Array(0))).toBe(3);
      return new Promise(() => undefined);
    });
    void hung;
    await expect.poll(() => dead.length).toBe(1);
    const next = at.reborn();
    // Nobody waits for the watchdog: whoever is born anew knows that nothing of the old process lives.
    await next.tasks.revive();
    expect(next.tasks.view("a")).toMatchObject({ state: "running", attempt: 1 });
    await next.serve(Date.now(), (attempt) => {
      expect(attempt.number).toBe(2);
      expect(attempt.until).toBeLessThanOrEqual(Date.now() + LIMITS.attemptMs);
      expect(next.tasks.journal("a").map(text)).toEqual(["one", big, ""]);
      expect(next.tasks.journal("a", 2, 1).map(text)).toEqual([big]);
      expect(attempt.append(bytes("four"))).toBe(4);
      // The dead one is fenced off.
      expect(dead[0]?.holds).toBe(false);
      expect(dead[0]?.append(bytes("late"))).toBeNull();
      return Promise.resolve({ state: "done" });
    });
    expect(next.tasks.journal("a").map((entry) => entry.length)).toEqual([3, 2_500_000, 0, 4]);
    expect(next.tasks.view("a")).toMatchObject({ state: "done", attempt: 2, tries: 1 });
  }));

test("work that throws is tried again by the ladder, then has failed; going on without failing begins it anew", () =>
  inside("ladder", async (at) => {
    await at.tasks.make("a", Date.now());
    let verdict: "throw" | "after" = "throw";
    const work = (): Promise<{ state: "again"; after: number }> => {
      if (verdict === "throw") throw new TypeError("as meant");
      return Promise.resolve({ state: "again", after: 50 });
    };
    for (const tries of [1, 2]) {
      await at.serve(LATER, work);
      const row = at.tasks.view("a");
      expect(row).toMatchObject({ state: "waiting", tries });
      expect((row?.due ?? 0) - Date.now()).toBeLessThanOrEqual(1 + LADDER.first * 2 ** (tries - 1));
    }
    verdict = "after";
    await at.serve(LATER, work);
    expect(at.tasks.view("a")).toMatchObject({ state: "waiting", tries: 0, attempt: 3 });
    verdict = "throw";
    for (let i = 0; i < 3; i++) await at.serve(LATER, work);
    expect(at.tasks.view("a")).toMatchObject({ state: "failed", tries: 3, attempt: 6 });
  }));

test("a task that takes its process down each time ends as failed", () =>
  inside("poison", async (at) => {
    await at.tasks.make("a", Date.now());
    let begun = 0;
    let now = at;
    for (let i = 0; i < LADDER.tries; i++) {
      void now.serve(LATER, () => {
        begun++;
        return new Promise(() => undefined);
      });
      await expect.poll(() => begun).toBe(i + 1);
      now = now.reborn();
    }
    await now.serve(LATER, () => Promise.resolve({ state: "done" }));
    expect(begun).toBe(LADDER.tries);
    expect(now.tasks.view("a")).toMatchObject({ state: "failed", attempt: LADDER.tries });
  }));

test("ending it from outside fences off what runs; forgetting it takes its journal along", () =>
  inside("end", async (at) => {
    await at.tasks.make("a", Date.now());
    await at.serve(LATER, async (attempt) => {
      attempt.append(bytes("one"));
      expect(await at.tasks.end("a", "cancelled")).toBe(true);
      expect(await at.tasks.end("a", "done")).toBe(false);
      expect(attempt.append(bytes("two"))).toBeNull();
      return { state: "done" };
    });
    expect(at.tasks.view("a")).toMatchObject({ state: "cancelled" });
    await at.tasks.forget("a");
    expect(at.tasks.view("a")).toBeUndefined();
    expect(at.tasks.journal("a")).toEqual([]);
  }));

test("a waiting task can be hastened, never delayed", () =>
  inside("hasten", async (at) => {
    const due = Date.now() + 60_000;
    await at.tasks.make("a", due);
    await at.tasks.hasten("a", due + 1);
    expect(await at.next()).toBe(due);
    await at.tasks.hasten("a", due - 1_000);
    expect(await at.next()).toBe(due - 1_000);
    expect(at.tasks.view("a")).toMatchObject({ state: "waiting", due: due - 1_000 });
  }));
