// All timed work of an object: one table, one alarm. An entry stays until its work has succeeded; work that throws is
// tried again with growing pauses (the platform itself would give up after six tries).
import type { Database } from "../../../kv-schema/database.ts";
import { type AgendaRow, agendaStatements } from "../../../kv-schema/tables/agenda.ts";

/** Pause before try n + 1, in ms: 2 s, 4 s, ... at most an hour. */
const pause = (attempts: number): number => Math.min(3_600_000, 1_000 * 2 ** Math.min(attempts, 12));

const keyOf = (kind: string, subject: string): string => `${kind}\n${subject}`;

export class Agenda {
  readonly #storage: DurableObjectStorage;
  readonly #statements: ReturnType<typeof agendaStatements>;
  /** Entries that are being served and were not planned anew meanwhile: as good as done, so they keep nobody from planning. */
  readonly #served = new Set<string>();

  constructor(storage: DurableObjectStorage, db: Database) {
    this.#storage = storage;
    this.#statements = agendaStatements(db);
  }

  /** Plans work; planning the same (kind, subject) again moves it. @param due ms since 1970 */
  async plan(kind: string, subject: string, due: number): Promise<void> {
    this.#served.delete(keyOf(kind, subject));
    this.#statements.put(kind, subject, due, 0);
    await this.#arm();
  }

  /** Plans work no later than `due`: an earlier plan stands. */
  async planBy(kind: string, subject: string, due: number): Promise<void> {
    const stands = this.planned(kind, subject) && (this.#statements.dueOf(kind, subject) ?? due + 1) <= due;
    if (!stands) await this.plan(kind, subject, due);
  }

  /** Gives a plan up. */
  async drop(kind: string, subject: string): Promise<void> {
    this.#statements.drop(kind, subject);
    await this.#arm();
  }

  /** Whether (kind, subject) is planned; while it is served it is not, unless it was planned anew. */
  planned(kind: string, subject: string): boolean {
    return !this.#served.has(keyOf(kind, subject)) && this.#statements.has(kind, subject);
  }

  /** Called by the object's `alarm()`: does what is due. @param work must be safe to run twice */
  async serve(now: number, work: (kind: string, subject: string) => Promise<void>): Promise<void> {
    for (const entry of this.#statements.due(now)) await this.#serveOne(entry, now, work);
    await this.#arm();
  }

  /** Whether nothing is planned. */
  get empty(): boolean {
    return this.#statements.next() === null;
  }

  async #serveOne(
    entry: AgendaRow,
    now: number,
    work: (kind: string, subject: string) => Promise<void>,
  ): Promise<void> {
    const { kind, subject } = entry;
    // What was served before it may have moved it, or given it up.
    if (this.#statements.dueOf(kind, subject) !== entry.due) return;
    const key = keyOf(kind, subject);
    this.#served.add(key);
    try {
      await work(kind, subject);
      if (this.#served.has(key)) this.#statements.drop(kind, subject);
    } catch (error) {
      const attempts = entry.attempts + 1;
      const event = { event: "agenda-failed", kind, subject, attempts, error: String(error) };
      console.error(JSON.stringify(event));
      if (this.#served.has(key)) this.#statements.postpone(kind, subject, now + pause(attempts), attempts);
    } finally {
      this.#served.delete(key);
    }
  }

  async #arm(): Promise<void> {
    const next = this.#statements.next();
    if (next !== null) await this.#storage.setAlarm(next);
  }
}
