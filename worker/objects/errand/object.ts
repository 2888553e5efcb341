// Errand: one asynchronous call, from the moment it was taken until its result is forgotten. Here is what it remembers; how a
// call runs and a webhook is sent is worker/errands. An attempt remembers what it came to before it is settled, under an id
// that no other attempt has; the next attempt begins only when the ledger has said that the one before will never settle.
// So exactly one attempt counts, whatever was killed when.
import { ERRAND_MIGRATIONS, type ErrandRow, errandStatements } from "../../../kv-schema/tables/errand.ts";
import type { Env } from "../../env.ts";
import { LIMITS } from "../../limits.ts";
import { Agenda } from "../agenda/agenda.ts";
import { accountOf } from "../account/object.ts";
import type { Progress } from "../account/running.ts";
import { Noun } from "../noun.ts";
import type { Ladder } from "../task/ladder.ts";
import { type Attempt, TASK, Tasks, type Verdict } from "../task/task.ts";
import type { Books, Commission, Ended, ErrandResult, ErrandView, Outcome } from "./protocol.ts";

const CHUNK_BYTES = 1024 * 1024;
const INPUT = 0;
/** Tasks of an errand, and other timed work. */
const CALL = "call";
const WEBHOOK = "webhook";
const OVER = "over";
const FORGET = "forget";
/** A call that waits for its turn begins by itself after this, should everybody have forgotten it. */
const LAST_RESORT_MS = 3_600_000;

const LADDERS: Readonly<Record<string, Ladder>> = {
  // Ends by LIMITS.errandAttempts, when the ledger was asked.
  [CALL]: { first: 500, most: 60_000, tries: Number.MAX_SAFE_INTEGER },
  // Some three hours at most.
  [WEBHOOK]: { first: 5_000, most: 5_120_000, tries: 12 },
};

export abstract class ErrandKeeper extends Noun {
  readonly #sql = errandStatements(this.db);
  readonly #agenda = new Agenda(this.ctx.storage, this.db);
  readonly #tasks = new Tasks(
    this.ctx.storage,
    this.db,
    this.#agenda,
    (id) => LADDERS[id] ?? { first: 1, most: 1, tries: 1 },
  );
  readonly #waiting = new Set<() => void>();
  /** How far the attempt that runs says it is; forgotten with the process. */
  protected progress: Progress | null = null;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, ERRAND_MIGRATIONS);
  }

  /** One attempt at the call. @param settles the id it settles under */
  protected abstract attempt(attempt: Attempt, settles: string, commission: Commission): Promise<Verdict>;
  /** Ends the attempt that runs. */
  protected abstract stop(): void;
  /** Sends the webhook once. */
  protected abstract tell(attempt: Attempt, ended: Ended): Promise<Verdict>;

  /** Takes a call; taking it again changes nothing. @param go whether it may begin at once */
  async take(commission: Commission, input: Uint8Array, go: boolean): Promise<void> {
    this.establish();
    if (this.#sql.errand() === undefined) {
      this.transaction(() => {
        this.#sql.take(commission.call, commission.account, JSON.stringify(commission), Date.now());
        this.#write(INPUT, input);
      });
      await this.#tasks.make(CALL, Date.now() + (go ? 0 : LAST_RESORT_MS));
    }
    await this.#tasks.revive();
  }

  /** It is its turn. @returns whether there is such an errand that has not ended */
  async go(): Promise<boolean> {
    const row = this.#row();
    if (row === undefined || row.ended !== null) return false;
    await this.#tasks.hasten(CALL, Date.now());
    await this.#tasks.revive();
    return true;
  }

  /** Wishes its end. @returns false when it has ended, or never was */
  async cancel(): Promise<boolean> {
    const row = this.#row();
    if (row === undefined || row.ended !== null) return false;
    this.#sql.cancel();
    this.stop();
    await this.go();
    return true;
  }

  /** How it stands, for whom it belongs to. */
  async view(books: Books): Promise<ErrandView | null> {
    const row = this.#row(books);
    if (row === undefined) return null;
    await this.#tasks.revive();
    const { keyHash: _, ...commission } = JSON.parse(row.facts) as Commission;
    const task = this.#tasks.view(CALL);
    const webhook = this.#tasks.view(WEBHOOK);
    const outcome = row.outcome === null ? null : (JSON.parse(row.outcome) as Outcome);
    const state = outcome?.status ?? (task?.state === "running" ? "running" : "waiting");
    return {
      commission,
      state,
      progress: state === "running" ? this.progress : null,
      made: row.made,
      ended: row.ended,
      attempts: task?.attempt ?? 0,
      outcome,
      webhook: webhook === undefined ? null : { state: webhook.state, attempts: webhook.attempt },
    };
  }

  /** What it came to, for whom it belongs to; waits for it so many ms at most. */
  async result(books: Books, ms: number): Promise<ErrandResult | null> {
    const row = this.#row(books);
    if (row === undefined) return null;
    await this.#tasks.revive();
    if (row.ended === null && ms > 0) await this.#ending(ms);
    const text = this.#row()?.outcome ?? null;
    if (text === null) return null;
    const outcome = JSON.parse(text) as Outcome;
    return { outcome, answer: this.#read(this.#answering(outcome)) };
  }

  override async alarm(): Promise<void> {
    if (!this.established) return;
    const ended = this.#row()?.ended ?? null;
    if (ended !== null && ended + LIMITS.errandKeptMs <= Date.now()) return this.erase();
    await this.#tasks.revive();
    await this.#agenda.serve(Date.now(), (kind, subject) => this.#timed(kind, subject));
  }

  // For the attempt.

  protected get input(): Uint8Array {
    return this.#read(INPUT);
  }

  /** Whether its end is wished. */
  protected get cancelled(): boolean {
    return this.#row()?.cancelled === 1;
  }

  /** Remembers what an attempt came to, before it is settled. @throws when it is fenced off */
  protected async prepare(attempt: Attempt, outcome: Outcome & { settled: string }, answer: Uint8Array): Promise<void> {
    if (!attempt.holds) throw new FencedOff();
    this.transaction(() => {
      this.#sql.prepare({ attempt: attempt.number, call: outcome.settled, outcome: JSON.stringify(outcome) });
      this.#write(attempt.number, answer);
    });
    // The settlement leaves in a batch that another request of this isolate may send: so this must be on disk by then.
    await this.ctx.storage.sync();
    if (!attempt.holds) throw new FencedOff();
  }

  /** Ends the errand with what was prepared, or with what needed no settlement. */
  protected async conclude(outcome: Outcome): Promise<void> {
    const row = this.#row();
    if (row === undefined || row.ended !== null) return;
    const now = Date.now();
    this.#sql.end(now, JSON.stringify(outcome));
    this.#sql.dropChunks(INPUT);
    await this.#agenda.plan(OVER, "", now);
    await this.#agenda.plan(FORGET, "", now + LIMITS.errandKeptMs);
    const { webhook } = JSON.parse(row.facts) as Commission;
    if (webhook !== null) await this.#tasks.make(WEBHOOK, now);
    await this.ctx.storage.sync();
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  async #timed(kind: string, subject: string): Promise<void> {
    const row = this.#row();
    if (row === undefined) return;
    const commission = JSON.parse(row.facts) as Commission;
    if (kind === TASK && subject === CALL) await this.#tasks.serve(CALL, (attempt) => this.#try(attempt, commission));
    if (kind === TASK && subject === WEBHOOK) await this.#tasks.serve(WEBHOOK, (attempt) => this.#tell(attempt, row));
    if (kind === OVER) {
      const refused = row.outcome !== null && (JSON.parse(row.outcome) as Outcome).status === "refused";
      await accountOf(this.env, commission.account).errandOver(commission.call, refused);
    }
  }

  /** Begins an attempt once it is certain that none before it will count. */
  async #try(attempt: Attempt, commission: Commission): Promise<Verdict> {
    if (this.#row()?.ended !== null) return { state: "done" };
    const settled = await this.#settledBefore(attempt, commission);
    if (settled !== null) {
      await this.conclude(settled);
      return { state: "done" };
    }
    if (this.cancelled) {
      await this.conclude(refusal(commission, "Cancelled", "The call was cancelled before it ended."));
      return { state: "done" };
    }
    if (attempt.number > LIMITS.errandAttempts) {
      await this.conclude(
        refusal(commission, "Unavailable", "The call could not be run: its attempts were lost. Nothing was charged."),
      );
      return { state: "failed" };
    }
    return this.attempt(attempt, settlesAs(commission.call, attempt.number), commission);
  }

  /** What an attempt before this one came to, if one settled; none of them can any more after this. */
  async #settledBefore({ number }: Attempt, { account, call }: Commission): Promise<Outcome | null> {
    if (number === 1) return null;
    const before = Array.from({ length: number - 1 }, (_, i) => i + 1);
    const fates = await accountOf(this.env, account).settled(
      before.map((attempt) => settlesAs(call, attempt)),
      true,
    );
    const counts = before[fates.indexOf("settled")];
    for (const attempt of before) if (attempt !== counts) this.#sql.dropChunks(attempt);
    const prepared = counts === undefined ? undefined : this.#sql.prepared(counts);
    return prepared === undefined ? null : (JSON.parse(prepared.outcome) as Outcome);
  }

  async #tell(attempt: Attempt, { facts, outcome, ended }: ErrandRow): Promise<Verdict> {
    if (outcome === null || ended === null) return { state: "failed" };
    return this.tell(attempt, {
      commission: JSON.parse(facts) as Commission,
      outcome: JSON.parse(outcome) as Outcome,
      ended,
    });
  }

  #row(books?: Books): ErrandRow | undefined {
    const row = this.established ? this.#sql.errand() : undefined;
    if (row === undefined || books === undefined) return row;
    return books.some((name) => name.toLowerCase() === row.account.toLowerCase()) ? row : undefined;
  }

  /** The attempt whose answer is the errand's; one without a place among them has none. */
  #answering({ settled }: Outcome): number {
    return settled === null ? -1 : attemptOf(settled);
  }

  async #ending(ms: number): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    await new Promise<void>((resolve) => {
      this.#waiting.add(resolve);
      timer = setTimeout(() => {
        this.#waiting.delete(resolve);
        resolve();
      }, ms);
    });
    clearTimeout(timer);
  }

  #write(attempt: number, bytes: Uint8Array): void {
    for (let part = 0; part * CHUNK_BYTES < bytes.length; part++) {
      this.#sql.addChunk(attempt, part, bytes.slice(part * CHUNK_BYTES, (part + 1) * CHUNK_BYTES).buffer);
    }
  }

  #read(attempt: number): Uint8Array {
    return new Uint8Array(Buffer.concat(this.#sql.chunks(attempt).map(({ bytes }) => new Uint8Array(bytes))));
  }
}

/** The attempt is not the last one any more. */
class FencedOff extends Error {
  override readonly name = "FencedOff";
}

/** The id that an attempt settles under: the call's own for the first, so that nearly all calls have only that. */
const settlesAs = (call: string, attempt: number): string => (attempt === 1 ? call : `${call}.${attempt}`);
const attemptOf = (settled: string): number => Number(settled.split(".")[1] ?? 1);

/** The end of a call that did not run. */
const refusal = ({ version, build }: Commission, type: string, message: string): Outcome => ({
  status: "failed",
  kind: null,
  error: { type, message },
  failure: null,
  version,
  build,
  fuel: 0,
  cost: 0,
  duration: 0,
  settled: null,
});
