// The agenda of an object: what plans itself anew while it is served stays planned, whenever and by whichever way; what fails
// comes again later; what was moved or given up meanwhile is not served.
import { runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import { database } from "../../../kv-schema/database.ts";
import { AGENDA_TABLE } from "../../../kv-schema/tables/agenda.ts";
import { Agenda } from "../../../worker/objects/agenda/agenda.ts";
import { env } from "../../support/inside.ts";

const NOW = Date.now();
const LATER = NOW + 1_000_000;

/** An agenda of its own, and what stands in it. */
const inside = (
  name: string,
  work: (agenda: Agenda, entries: () => readonly unknown[], alarm: () => Promise<number | null>) => Promise<void>,
): Promise<void> =>
  runInDurableObject(env.STATE.get(env.STATE.idFromName(`agenda-${name}`)), async (_, { storage }) => {
    storage.sql.exec(AGENDA_TABLE);
    const entries = (): readonly unknown[] =>
      storage.sql.exec("SELECT kind, due, attempts FROM agenda ORDER BY kind").toArray();
    await work(new Agenda(storage, database(storage.sql)), entries, () => storage.getAlarm());
    await storage.deleteAlarm();
  });

test.each([
  ["plan", (agenda: Agenda) => agenda.plan("a", "", LATER)],
  ["planBy", (agenda: Agenda) => agenda.planBy("a", "", LATER)],
  ["planned", async (agenda: Agenda) => (agenda.planned("a", "") ? undefined : agenda.plan("a", "", LATER))],
])("what is served may plan itself anew, by %s", (name, again) =>
  inside(name, async (agenda, entries, alarm) => {
    await agenda.plan("a", "", NOW);
    for (const now of [NOW, LATER]) {
      await agenda.serve(now, () => again(agenda));
      expect(entries()).toEqual([{ kind: "a", due: LATER, attempts: 0 }]);
      expect(agenda.planned("a", "")).toBe(true);
      expect(await alarm()).toBe(LATER);
    }
  }),
);

test("for the very moment at which it was due, too", () =>
  inside("moment", async (agenda, entries) => {
    await agenda.plan("a", "", NOW);
    let served = 0;
    await agenda.serve(NOW, async () => {
      served++;
      await agenda.plan("a", "", NOW);
    });
    expect([served, entries()]).toEqual([1, [{ kind: "a", due: NOW, attempts: 0 }]]);
  }));

test("what is done is gone; what fails comes again, unless it planned itself", () =>
  inside("failed", async (agenda, entries) => {
    for (const kind of ["a", "b", "c"]) await agenda.plan(kind, "", NOW);
    await agenda.serve(NOW, async (kind) => {
      if (kind === "a") return;
      if (kind === "c") await agenda.plan("c", "", LATER);
      throw new Error(kind);
    });
    expect(entries()).toEqual([
      { kind: "b", due: NOW + 2_000, attempts: 1 },
      { kind: "c", due: LATER, attempts: 0 },
    ]);
  }));

test("what another moved or gave up while it waited for its turn is not served", () =>
  inside("moved", async (agenda, entries) => {
    for (const kind of ["a", "b", "c"]) await agenda.plan(kind, "", NOW);
    const served: string[] = [];
    await agenda.serve(NOW, async (kind) => {
      served.push(kind);
      await agenda.plan("b", "", LATER);
      await agenda.drop("c", "");
    });
    expect([served, entries()]).toEqual([["a"], [{ kind: "b", due: LATER, attempts: 0 }]]);
  }));
