// Durable tasks: work of a Durable Object that must end exactly once, whatever ends the process in between. A task is a row;
// what does its work is an attempt, whose number is the fence: once another attempt has begun, or the task has ended,
// nothing that the old one does is taken. What a task is told from outside it may append to its journal before it lets it
// take effect; the next attempt reads it in order and gets to where the last one was. One alarm serves all (objects/agenda).
import type { Database } from "../../../kv-schema/database.ts";
import { type TaskRow, type TaskState, taskStatements } from "../../../kv-schema/tables/task.ts";
import { LIMITS } from "../../limits.ts";
import type { Agenda } from "../agenda/agenda.ts";
import { type Ladder, pauseAfter } from "./ladder.ts";

/** The agenda's kind of all tasks; the subject is the task's id. */
export const TASK = "task";

const CHUNK_BYTES = 1024 * 1024;
/** Milliseconds for which an attempt is believed to be alive; it says so three times as often. */
const ALIVE_MS = 12_000;

/** What comes of an attempt. `again`: later, by the ladder; with `after` (ms) then, and nothing has failed. */
export type Verdict =
  | { readonly state: "done" | "failed" }
  | { readonly state: "again"; readonly after?: number | undefined };

/** One attempt at a task. */
export interface Attempt {
  readonly task: string;
  /** 1, 2, ...: the fence. */
  readonly number: number;
  /** When it must have come to its verdict, in ms since 1970: LIMITS.attemptMs after it began. */
  readonly until: number;
  /** Whether what it does is still taken. */
  readonly holds: boolean;
  /** Appends to the journal; durable when the object's next message leaves. @returns its place, or null: fenced off */
  append(entry: Uint8Array): number | null;
}

export class Tasks {
  readonly #storage: DurableObjectStorage;
  readonly #agenda: Agenda;
  readonly #sql: ReturnType<typeof taskStatements>;
  readonly #ladder: (id: string) => Ladder;
  /** Attempts that run in this very instance: one that is not among them died with another. */
  readonly #alive = new Map<string, number>();

  /** @param ladder of a task by its id */
  constructor(storage: DurableObjectStorage, db: Database, agenda: Agenda, ladder: (id: string) => Ladder) {
    this.#storage = storage;
    this.#agenda = agenda;
    this.#sql = taskStatements(db);
    this.#ladder = ladder;
  }

  /** Makes a task; making it again changes nothing. @param due ms since 1970 @returns whether it is new */
  async make(id: string, due: number): Promise<boolean> {
    const made = this.#sql.add(id, due, Date.now());
    if (made) await this.#agenda.plan(TASK, id, due);
    return made;
  }

  view(id: string): TaskRow | undefined {
    return this.#sql.task(id);
  }

  /** Lets a waiting task begin no later than `due`; one that runs or has ended stays as it is. */
  async hasten(id: string, due: number): Promise<void> {
    const row = this.#sql.task(id);
    if (row?.state !== "waiting" || row.due <= due) return;
    this.#sql.put({ ...row, due });
    await this.#agenda.plan(TASK, id, due);
  }

  /** Ends a task from outside of its attempts: what runs is fenced off. @returns false when it had ended, or never was */
  async end(id: string, state: "done" | "failed" | "cancelled"): Promise<boolean> {
    const row = this.#sql.task(id);
    if (row === undefined || row.ended !== null) return false;
    this.#over(row, state);
    await this.#agenda.drop(TASK, id);
    return true;
  }

  /** Forgets a task with its journal. */
  async forget(id: string): Promise<void> {
    this.#sql.erase(id);
    this.#sql.remove(id);
    await this.#agenda.drop(TASK, id);
  }

  /** What was appended from a place on, in order. @param count entries at most */
  journal(id: string, from = 1, count = Number.MAX_SAFE_INTEGER): readonly Uint8Array[] {
    const entries = new Map<number, Uint8Array[]>();
    for (const { place, bytes } of this.#sql.read(id, from, Math.min(Number.MAX_SAFE_INTEGER, from + count - 1))) {
      const parts = entries.get(place);
      if (parts === undefined) entries.set(place, [new Uint8Array(bytes)]);
      else parts.push(new Uint8Array(bytes));
    }
    return [...entries.values()].map((parts) => new Uint8Array(Buffer.concat(parts)));
  }

  /** To be called first by the object's `alarm()`, and by whoever asks for the task: what died with its process is due. */
  async revive(): Promise<void> {
    const now = Date.now();
    for (const row of this.#sql.running()) {
      if (this.#alive.get(row.id) === row.attempt || row.due <= now) continue;
      this.#sql.put({ ...row, due: now });
      await this.#agenda.plan(TASK, row.id, now);
    }
  }

  /**
   * What the object's agenda does for (TASK, id): begins an attempt and takes its verdict. Work that throws, or was lost with
   * its process, has failed once more. What has failed too often by the ladder ends as failed.
   * @returns how the task stands then; null: there is none
   */
  async serve(id: string, work: (attempt: Attempt) => Promise<Verdict>): Promise<TaskState | null> {
    const row = this.#sql.task(id);
    if (row === undefined || row.ended !== null) return row?.state ?? null;
    const lost = row.state === "running" ? row.tries + 1 : row.tries;
    if (lost > 0 && pauseAfter(this.#ladder(id), lost, 0) === null) {
      this.#over({ ...row, tries: lost }, "failed");
      await this.#agenda.drop(TASK, id);
    } else await this.#try({ ...row, tries: lost }, work);
    return this.#sql.task(id)?.state ?? null;
  }

  async #try(row: TaskRow, work: (attempt: Attempt) => Promise<Verdict>): Promise<void> {
    const { id } = row;
    const now = Date.now();
    const [number, until] = [row.attempt + 1, now + LIMITS.attemptMs];
    this.#alive.set(id, number);
    const beat = setInterval(() => void this.#beat(id, number, until), ALIVE_MS / 3);
    try {
      this.#sql.put({ ...row, state: "running", attempt: number, due: now + ALIVE_MS });
      await this.#agenda.plan(TASK, id, now + ALIVE_MS);
      // Whoever hears of this attempt must not hear of its number again from another one.
      await this.#storage.sync();
      await this.#close(id, number, await this.#verdict(this.#attempt(id, number, until), work));
    } finally {
      clearInterval(beat);
      if (this.#alive.get(id) === number) this.#alive.delete(id);
    }
  }

  #attempt(id: string, number: number, until: number): Attempt {
    const holds = (): boolean => this.#holds(id, number);
    return {
      task: id,
      number,
      until,
      get holds() {
        return holds();
      },
      append: (entry) => this.#append(id, number, entry),
    };
  }

  #holds(id: string, number: number): boolean {
    const row = this.#sql.task(id);
    return row?.state === "running" && row.attempt === number;
  }

  #append(id: string, number: number, entry: Uint8Array): number | null {
    if (!this.#holds(id, number)) return null;
    const place = this.#sql.last(id) + 1;
    const parts = Math.max(1, Math.ceil(entry.length / CHUNK_BYTES));
    for (let part = 0; part < parts; part++) {
      const chunk = entry.slice(part * CHUNK_BYTES, (part + 1) * CHUNK_BYTES);
      this.#sql.append(id, place, part, number, chunk.buffer);
    }
    return place;
  }

  async #verdict(attempt: Attempt, work: (attempt: Attempt) => Promise<Verdict>): Promise<Verdict> {
    try {
      return await work(attempt);
    } catch (error) {
      const { task, number } = attempt;
      console.error(JSON.stringify({ event: "attempt-failed", task, attempt: number, error: String(error) }));
      return { state: "again" };
    }
  }

  async #close(id: string, number: number, verdict: Verdict): Promise<void> {
    const row = this.#sql.task(id);
    if (row === undefined || row.state !== "running" || row.attempt !== number) return;
    if (verdict.state !== "again") {
      this.#over(row, verdict.state);
      return this.#agenda.drop(TASK, id);
    }
    const { after } = verdict;
    const tries = after === undefined ? row.tries + 1 : 0;
    const pause = after ?? pauseAfter(this.#ladder(id), tries, Math.random());
    if (pause === null) {
      this.#over({ ...row, tries }, "failed");
      return this.#agenda.drop(TASK, id);
    }
    // Later than the plan that was served, which goes when this returns.
    const due = Date.now() + 1 + pause;
    this.#sql.put({ ...row, state: "waiting", tries, due });
    await this.#agenda.plan(TASK, id, due);
  }

  #over(row: TaskRow, state: "done" | "failed" | "cancelled"): void {
    this.#sql.put({ ...row, state, ended: Date.now() });
  }

  /** Says that an attempt is alive; not after it should have ended. */
  async #beat(id: string, number: number, until: number): Promise<void> {
    const now = Date.now();
    const row = this.#sql.task(id);
    if (now > until || row?.state !== "running" || row.attempt !== number) return;
    this.#sql.put({ ...row, due: now + ALIVE_MS });
    await this.#agenda.plan(TASK, id, now + ALIVE_MS);
  }
}
