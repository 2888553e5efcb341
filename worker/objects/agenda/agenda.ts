// All timed work of an object: one table, one alarm. An entry stays until its work has succeeded; work that throws is
// tried again with growing pauses (the platform itself would give up after six tries).
import type { Database } from "../../../kv-schema/database.ts";
import { type AgendaRow, agendaStatements } from "../../../kv-schema/tables/agenda.ts";

/** Pause before try n + 1, in ms: 2 s, 4 s, ... at most an hour. */
const pause = (attempts: number): number => Math.min(3_600_000, 1_000 * 2 ** Math.min(attempts, 12));

export class Agenda {
  readonly #storage: DurableObjectStorage;
  readonly #statements: ReturnType<typeof agendaStatements>;

  constructor(storage: DurableObjectStorage, db: Database) {
    this.#storage = storage;
    this.#statements = agendaStatements(db);
  }

  /** Plans work; planning the same (kind, subject) again moves it. @param due ms since 1970 */
  async plan(kind: string, subject: string, due: number): Promise<void> {
    this.#statements.put(kind, subject, due, 0);
    await this.#arm();
  }

  /** Plans work no later than `due`: an earlier plan stands. */
  async planBy(kind: string, subject: string, due: number): Promise<void> {
    const planned = this.#statements.dueOf(kind, subject);
    if (planned === undefined || planned > due) await this.plan(kind, subject, due);
  }

  /** Gives a plan up; one that is being served is not planned again. */
  async drop(kind: string, subject: string): Promise<void> {
    this.#statements.drop(kind, subject);
    await this.#arm();
  }

  /** Whether (kind, subject) is planned. */
  planned(kind: string, subject: string): boolean {
    return this.#statements.has(kind, subject);
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
    try {
      await work(entry.kind, entry.subject);
      this.#statements.remove(entry);
    } catch (error) {
      const attempts = entry.attempts + 1;
      console.error(
        JSON.stringify({
          event: "agenda-failed",
          kind: entry.kind,
          subject: entry.subject,
          attempts,
          error: String(error),
        }),
      );
      this.#statements.postpone(entry, now + pause(attempts), attempts);
    }
  }

  async #arm(): Promise<void> {
    const next = this.#statements.next();
    if (next !== null) await this.#storage.setAlarm(next);
  }
}
