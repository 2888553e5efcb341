// Run: one durable run of a program in Orc. This class keeps its tables, its alarm and its readers; what the run does is
// worker/runs/life.ts, one life after another, each an attempt at the object's one task (objects/task).
import { RUN_MIGRATIONS, type RunRow, runStatements } from "../../../kv-schema/tables/run.ts";
import type { Env } from "../../env.ts";
import { LIMITS } from "../../limits.ts";
import { sha256OfText } from "../../market/hash.ts";
import { type Result, err, ok } from "../../market/result.ts";
import { beginning, type Pinned, programIn, servicesOf } from "../../runs/durable.ts";
import { SIGNAL_SITE } from "../../runs/compile.ts";
import { ENGINE, ENGINES, type Stop } from "../../runs/journal.ts";
import { Diverged, Life, type Rest } from "../../runs/life.ts";
import { Store } from "../../runs/store.ts";
import { Agenda } from "../agenda/agenda.ts";
import { docketOf } from "../docket/object.ts";
import { Noun } from "../noun.ts";
import { type Attempt, TASK, Tasks, type Verdict } from "../task/task.ts";
import type { CallView, RunState, RunView, RunWish, SaidPage, SignalRefusal, StartRefusal } from "./protocol.ts";

const RUN = "run";
/** Timed work beside the run itself: the account's docket has to be told; the run is forgotten. */
const TELL = "tell";
const FORGET = "forget";
const TELL_AGAIN_MS = 5_000;
/** A life that fails on our side is begun again for about a day before the run is given up. */
const LADDER = { first: 250, most: 300_000, tries: 300 };
/** Characters of one answer to a reader, and things in it. */
const PAGE_CHARACTERS = 1_000_000;
const PAGE_OUTPUTS = 500;
/** Milliseconds that who cancels waits for the end. */
const CANCEL_MS = 10_000;
const CANCELLED: Stop = { state: "cancelled" };
const WISH = "wish";

export class Run extends Noun {
  readonly #sql = runStatements(this.db);
  readonly #agenda = new Agenda(this.ctx.storage, this.db);
  readonly #tasks = new Tasks(this.ctx.storage, this.db, this.#agenda, () => LADDER);
  readonly #store = new Store(
    this.#sql,
    () => this.ctx.storage.sync(),
    (work) => this.transaction(work),
  );
  #life: Life | null = null;
  /** Something came that a life which is just ending may not have seen. */
  #poked = false;
  readonly #readers = new Set<() => void>();

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, RUN_MIGRATIONS);
  }

  /** Begins a run; beginning the same again changes nothing. When it answers, the run goes on whatever happens. */
  async start(wish: RunWish): Promise<Result<RunView, StartRefusal>> {
    const request = sha256OfText(JSON.stringify({ ...wish, grant: wish.grant.account, deadline: 0, hops: 0 }));
    const known = this.#row;
    if (known !== undefined) {
      const again = this.#again(known, wish.grant.account, request);
      if (again.ok) await this.#entrust(known);
      return again;
    }
    const begun = await beginning(this.env, wish);
    if (!begun.ok) return err({ code: "invalid", message: begun.error });
    this.establish();
    if (this.#row === undefined) this.#make(wish, request, begun.value);
    const row = this.#row;
    if (row === undefined) return err({ code: "conflict" });
    await this.#entrust(row);
    return this.#again(row, wish.grant.account, request);
  }

  /** Sees to it that a run which was made is begun and listed, also when the process died before it was. */
  async #entrust({ ended }: RunRow): Promise<void> {
    if (ended !== null || this.#tasks.view(RUN) !== undefined) return;
    await this.#agenda.plan(TELL, "", Date.now() + TELL_AGAIN_MS);
    await this.#tasks.make(RUN, Date.now());
    await this.#tell().catch((error: unknown) => this.#report("docket-untold", error));
  }

  #again(row: RunRow, account: string, request: string): Result<RunView, StartRefusal> {
    const same = row.account === account && this.#store.text("request") === request;
    return same ? ok(this.#view(row)) : err({ code: "conflict" });
  }

  #make(wish: RunWish, request: string, { program, compiled, pins }: Pinned): void {
    const { grant, id, key, name, ceiling, deadline, program: source, files, args, hosts, hops } = wish;
    const seed = crypto.getRandomValues(new Uint32Array(1))[0] ?? 1;
    const [made, state] = [Date.now(), "running"];
    this.transaction(() => {
      const { account } = grant;
      this.#sql.make({ id, account, key, name, made, seed, engine: ENGINE, program, ceiling, deadline, state });
      this.#store.putText("program", JSON.stringify({ source, files, args, hosts, hops, key: grant.key.label }));
      this.#store.putText("compiled", compiled);
      this.#store.putText("request", request);
      for (const [pinned, version] of pins) this.#sql.putPin(pinned, version);
    });
  }

  /** How it stands; null: there is none, or it is another account's. */
  async view(account: string): Promise<RunView | null> {
    const row = await this.#of(account);
    return row === undefined ? null : this.#view(row);
  }

  /** What was said after a place; waits for more when there is none yet. @param ms at most */
  async said(account: string, after: number, ms: number): Promise<SaidPage | null> {
    if ((await this.#of(account)) === undefined) return null;
    for (const until = Date.now() + ms; ;) {
      const said = this.#store.outputs(after, PAGE_OUTPUTS, PAGE_CHARACTERS);
      const row = this.#row;
      if (row === undefined) return null;
      if (said.length > 0) return { said, end: null };
      if (row.ended !== null) return { said, end: this.#view(row) };
      if (Date.now() >= until) return { said, end: null };
      await this.#news(until - Date.now());
    }
  }

  /** A page of its calls, in the order they were made. */
  async calls(account: string, after: number, limit: number): Promise<readonly CallView[] | null> {
    return (await this.#of(account)) === undefined ? null : this.#sql.calls(after, limit);
  }

  /** Ends it; what has ended stays as it is. @returns how it stands, as a rule after the end */
  async cancel(account: string): Promise<RunView | null> {
    const row = await this.#of(account);
    if (row === undefined) return null;
    if (row.ended === null) {
      this.#store.putText(WISH, JSON.stringify(CANCELLED));
      this.#life?.end(CANCELLED);
      await this.#poke();
      for (const until = Date.now() + CANCEL_MS; this.#row?.ended === null && Date.now() < until;)
        await this.#news(until - Date.now());
    }
    return this.#row === undefined ? null : this.#view(this.#row);
  }

  /**
   * Sends a signal. One that nobody waits for is kept.
   * @param sender the sender's idempotency key; a signal that came with it before is not taken again
   */
  async signal(
    account: string,
    name: string,
    value: string,
    sender: string | null,
  ): Promise<Result<null, SignalRefusal>> {
    const row = await this.#of(account);
    if (row === undefined) return err("unknown-run");
    const digest = sha256OfText(`${name} ${value}`);
    const known = sender === null ? undefined : this.#sql.sentBy(sender);
    if (known !== undefined) return known.digest === digest ? ok(null) : err("conflict");
    if (row.ended !== null) return err("ended");
    if (this.#sql.keptCount() >= LIMITS.runSignalsKept || this.#sql.signalCount() >= LIMITS.runSignals)
      return err("too-many");
    this.#sql.addSignal(name, sender, digest, value, Date.now());
    this.#life?.signalled();
    await this.#poke();
    return ok(null);
  }

  override async alarm(): Promise<void> {
    if (!this.established) return;
    let forget = false;
    await this.#tasks.revive();
    await this.#agenda.serve(Date.now(), async (kind, subject) => {
      if (kind === TASK) await this.#tasks.serve(subject, (attempt) => this.#attempt(attempt));
      else if (kind === TELL) await this.#tell();
      else if (kind === FORGET) forget = await this.#forgotten();
    });
    if (forget) return this.erase();
    const task = this.established ? this.#tasks.view(RUN) : undefined;
    if (task?.state === "failed" && this.#row?.ended === null) await this.#stand(GIVEN_UP);
  }

  get #row(): RunRow | undefined {
    return this.established ? this.#sql.run() : undefined;
  }

  /** The run, if it is that account's. What died with its process goes on. */
  async #of(account: string): Promise<RunRow | undefined> {
    const row = this.#row;
    if (row === undefined || row.account.toLowerCase() !== account.toLowerCase()) return undefined;
    await this.#entrust(row);
    if (row.ended === null) await this.#tasks.revive();
    return row;
  }

  async #poke(): Promise<void> {
    this.#poked = true;
    await this.#tasks.hasten(RUN, Date.now());
  }

  /** One life. */
  async #attempt(attempt: Attempt): Promise<Verdict> {
    const row = this.#row;
    if (row === undefined || row.ended !== null) return { state: "done" };
    this.#poked = false;
    try {
      const rest = await this.#live(row, attempt);
      if (rest.state === "over") await this.#ended();
      if (rest.state === "over") return { state: "done" };
      return { state: "again", after: this.#poked ? 0 : Math.max(0, rest.until - Date.now()) };
    } catch (error) {
      if (!(error instanceof Diverged)) throw error;
      this.#report("run-diverged", error);
      await this.#stand(DIVERGED);
      return { state: "done" };
    } finally {
      this.#life = null;
    }
  }

  async #live(row: RunRow, attempt: Attempt): Promise<Rest> {
    const program = programIn(this.#store, row.program);
    const known = (ENGINES as readonly string[]).includes(row.engine);
    if (!known || program === null) throw new Diverged();
    const life = Life.begin(row, {
      store: this.#store,
      program,
      services: servicesOf({ env: this.env, ctx: this.ctx, row, store: this.#store, holds: () => attempt.holds }),
      now: () => Date.now(),
      holds: () => attempt.holds,
      until: attempt.until,
      changed: () => this.#tellReaders(),
    });
    if (life === "full") return { state: "sleeps", until: Date.now() + FULL_MS };
    if (!(life instanceof Life)) {
      await this.#stand(life);
      return { state: "over" };
    }
    const wish = this.#store.text(WISH);
    if (wish !== undefined) life.end(JSON.parse(wish) as Stop);
    this.#life = life;
    return life.live();
  }

  async #stand({ state, code, text }: Stop): Promise<void> {
    this.#sql.stand(state, code ?? null, text ?? null, Date.now());
    this.#tellReaders();
    await this.#ended();
  }

  async #ended(): Promise<void> {
    await this.#agenda.plan(FORGET, "", Date.now() + LIMITS.runKeptMs);
    await this.#agenda.plan(TELL, "", Date.now() + TELL_AGAIN_MS);
    await this.#tell().catch((error: unknown) => this.#report("docket-untold", error));
  }

  async #tell(): Promise<void> {
    const row = this.#row;
    if (row === undefined) return;
    const { id, account, name, state, made, ended, revision } = row;
    await docketOf(this.env, account).tell({ id, name, state, made, ended, revision });
    await this.#agenda.drop(TELL, "");
  }

  /** Takes the run off its account's list. @returns whether it is over, and nothing of it is to stay */
  async #forgotten(): Promise<boolean> {
    const row = this.#row;
    if (row === undefined || row.ended === null) return false;
    await docketOf(this.env, row.account).forget(row.id);
    return true;
  }

  #tellReaders(): void {
    for (const wake of this.#readers) wake();
    this.#readers.clear();
  }

  async #news(ms: number): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let wake: (() => void) | undefined;
    await new Promise<void>((resolve) => {
      wake = resolve;
      this.#readers.add(resolve);
      timer = setTimeout(resolve, ms);
    });
    clearTimeout(timer);
    if (wake !== undefined) this.#readers.delete(wake);
  }

  #view(row: RunRow): RunView {
    const task = this.#tasks.view(RUN);
    const asleep = row.ended === null && task?.state === "waiting" && task.due > Date.now();
    const state = asleep ? "waiting" : (row.state as RunState);
    return {
      id: row.id,
      account: row.account,
      name: row.name,
      state,
      code: row.code,
      text: row.text,
      made: row.made,
      ended: row.ended,
      deadline: row.deadline,
      engine: row.engine,
      outputs: row.outputs,
      publications: row.publications,
      fuel: row.fuel,
      ceiling: row.ceiling,
      next: asleep ? task.due : null,
      program: sha256OfText(sourceIn(this.#store)),
      calls: this.#sql.callCount(),
      cost: row.spent,
      awaits: this.#sql.awaited().map((target) => target.slice(SIGNAL_SITE.length + 1)),
      signals: this.#sql.keptCount(),
      pins: this.#sql.pins(),
    };
  }

  #report(event: string, error: unknown): void {
    console.error(JSON.stringify({ event, run: this.#row?.id, error: String(error) }));
  }
}

function sourceIn(store: Store): string {
  const { source } = JSON.parse(store.text("program") ?? "{}") as { readonly source?: string };
  return source ?? "";
}

const FULL_MS = 1_000;
const GIVEN_UP: Stop = {
  state: "failed",
  code: "given-up",
  text: "The run could not go on for about a day: something is wrong on our side, tell your operator",
};
const DIVERGED: Stop = {
  state: "failed",
  code: "diverged",
  text: "The run could not be repeated from its journal by this release of the engine: tell your operator",
};

export const runOf = (env: Env, id: string): DurableObjectStub<Run> => env.RUN.get(env.RUN.idFromName(id));
