// One life of a durable run: from what is on its disk to where it stood, and on from there, until it ends, sleeps or is given
// up for another life. Nothing that comes from outside takes effect before it is written down (journal.ts).
import type { RunRow } from "../../kv-schema/tables/run.ts";
import { LIMITS } from "../limits.ts";
import {
  type Call,
  createRun,
  nextTimer,
  restore,
  type Run,
  snapshot,
  type Snapshot,
  step,
  takeCancelled,
  takeOutputs,
  takeStarted,
} from "../orc/engine/index.ts";
import { Run as RunState } from "../orc/engine/run.ts";
import type { Program } from "../orc/index.ts";
import type { Value } from "../orc/values/kinds.ts";
import { errorOf, writeAnswer } from "./answers.ts";
import { portOf } from "../orc/sites/core.ts";
import { refused } from "./drive.ts";
import { documentOf } from "./encode.ts";
import { type Event, repeat, type Stop, take } from "./journal.ts";
import { enter, leave, watch } from "./memory.ts";
import { durableFuel } from "./pieces.ts";
import type { Store } from "./store.ts";
import { CALL_SITE, SIGNAL_SITE } from "./compile.ts";

/** Steps between two turns of the event loop: about 3 ms. */
const SLICE = 30_000;
/** Milliseconds that pass for a run which computes without a pause, before it is told the time. */
const TICK_MS = 10;
/** Characters of answers after which a snapshot is taken, and steps and events for which one is worth while before sleep. */
const ANSWER_CHARACTERS = 8_000_000;
const SLEEP_STEPS = 200_000;
const SLEEP_EVENTS = 100;

/** Who answers the calls of a run, and who pays. */
export interface Services {
  /** What happened to settlements while nobody looked. @returns calls that found no money */
  readonly recover: () => Promise<ReadonlySet<number>>;
  /** @returns the answer as text (answers.ts); null: nobody is to have it */
  readonly ask: (call: Call, cancel: AbortSignal, unpaid: boolean) => Promise<string | null>;
  /** @returns why the run cannot go on */
  readonly pay: (fuel: number) => Promise<Stop | null>;
  readonly finish: (fuel: number, calls: number, error: string | null) => Promise<void>;
  /** Gives money back. */
  readonly rest: () => void;
}

export interface Place {
  readonly store: Store;
  readonly program: Program;
  readonly services: Services;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Whether what this life does is still taken, and until when it may go on (ms). */
  readonly holds: () => boolean;
  readonly until: number;
  /** Something was said, or the run's standing changed. */
  readonly changed: () => void;
}

type Arrived =
  | { readonly type: "answer"; readonly call: number; readonly answer: string; readonly signal: number | null }
  | { readonly type: "stop"; readonly stop: Stop };

/** What comes of a life: the run ended, or goes on at that time (ms since 1970). */
export type Rest = { readonly state: "over" } | { readonly state: "sleeps"; readonly until: number };

export class Life {
  readonly #row: RunRow;
  readonly #at: Place;
  readonly #store: Store;
  readonly #run: Run;
  /** What was said, and published, up to now; what the disk held of it when this life began is repeated. */
  #outputs = 0;
  #publications = 0;
  readonly #stored: number;
  /** Characters of all that was said. */
  #bytes: number;
  #stop: Stop | null = null;
  #inbox: Arrived[] = [];
  readonly #kills = new Map<number, AbortController>();
  readonly #running = new Set<Promise<void>>();
  #queue: Call[] = [];
  /** Calls that wait for a signal, in the order they were made. */
  #waiters: { readonly n: number; readonly name: string }[] = [];
  /** Signals that are on their way to a waiter. */
  readonly #claimed = new Set<number>();
  #unpaid: ReadonlySet<number> = new Set();
  #wake: () => void = () => undefined;
  #woken: Promise<void> = Promise.resolve();
  /** Whether there is more to do at once. */
  #busy = false;
  /** Steps at the last turn of the event loop. */
  #turned = 0;
  /** Where the run stood at its last snapshot, what came since, and how long the snapshot is. */
  #snapped = { steps: 0, events: 0, characters: 0, length: 0 };
  #broken: Error | null = null;

  private constructor(row: RunRow, run: Run, at: Place) {
    this.#row = row;
    this.#at = at;
    this.#store = at.store;
    this.#stored = row.outputs;
    this.#bytes = row.bytes;
    this.#run = run;
    this.#rearm();
  }

  /** Begins where the last life stood. @returns "full": there is no room for one more just now */
  static begin(row: RunRow, at: Place): Life | "full" | Stop {
    const text = at.store.text("snapshot");
    const run =
      text === undefined
        ? createRun(at.program, { seed: row.seed })
        : restore(at.program, JSON.parse(text) as Snapshot);
    if (!(run instanceof RunState))
      return { state: "failed", ...("code" in run ? { code: run.code, text: run.text } : {}) };
    const life = new Life(row, run, at);
    if (!enter(run, row.account)) return "full";
    try {
      life.#restore(text?.length ?? 0);
    } catch (error) {
      leave(run);
      throw error;
    }
    return life;
  }

  #restore(length: number): void {
    const done = this.#store.sql.snapshot();
    this.#outputs = done?.outputs ?? 0;
    this.#publications = done?.publications ?? 0;
    this.#snapped = { steps: this.#run.steps, events: 0, characters: 0, length };
    for (const event of this.#store.events(done?.events ?? 0)) {
      const same = repeat(this.#run, event, () => this.#collect(false));
      this.#count(event);
      if (event.what.type === "stop") this.#stop = event.what.stop;
      if (!same) throw new Diverged();
    }
    this.#collect(false);
  }

  /** Goes on until the run ends, sleeps, or somebody else has to take over. */
  async live(): Promise<Rest> {
    try {
      this.#unpaid = await this.#at.services.recover();
      for (const call of this.#run.calls.values()) this.#begin(call);
      return await this.#go();
    } finally {
      this.#at.services.rest();
      this.#abandon();
      leave(this.#run);
    }
  }

  /** A signal was stored. */
  signalled(): void {
    this.#offer();
    this.#wake();
  }

  /** Ends the run from outside. */
  end(stop: Stop): void {
    this.#inbox.push({ type: "stop", stop });
    this.#wake();
  }

  async #go(): Promise<Rest> {
    const run = this.#run;
    for (;;) {
      if (this.#broken !== null) throw this.#broken;
      if (this.#replaced) return { state: "sleeps", until: this.#at.now() };
      if (run.end === null) await this.#bounds();
      this.#takeIn();
      this.#busy = run.end === null && step(run, SLICE);
      this.#watch();
      this.#collect(true);
      this.#offer();
      this.#keepShort(LIMITS.runSnapshotEvents, LIMITS.runSnapshotSteps);
      if (run.end !== null) return this.#over();
      if (this.#busy) await this.#turn();
      else if (this.#inbox.length === 0) {
        const until = this.#due();
        const left = until - this.#at.now();
        if (left > LIMITS.runDozeMs && this.#running.size === 0) return this.#sleep(until);
        // What is late already is caught up with.
        if (left > 0) await this.#pause(until);
        else await this.#turn();
      }
    }
  }

  /** Whether another life has to take over: this one is no longer believed in, or so old that calls might outlive it. */
  get #replaced(): boolean {
    const { holds, now, until } = this.#at;
    return !holds() || now() >= until || (now() >= until - SOFT_MS && this.#running.size === 0);
  }

  /** Ends what lasts too long, cannot be paid or says too much. */
  async #bounds(): Promise<void> {
    const stop = await this.#at.services.pay(durableFuel(this.#run, this.#outputs));
    if (stop !== null) this.#inbox.push({ type: "stop", stop });
    else if (this.#at.now() >= this.#row.deadline) this.#inbox.push({ type: "stop", stop: { state: "timeout" } });
    else if (this.#outputs >= LIMITS.runOutputs || this.#bytes >= LIMITS.runOutputBytes)
      this.#inbox.push({ type: "stop", stop: TOO_MUCH_SAID });
  }

  /** Lets in what came, and the time; each is written down first. */
  #takeIn(): void {
    const run = this.#run;
    const at = Math.max(run.now, this.#at.now() - this.#row.made);
    let timed = false;
    for (const arrived of this.#inbox.splice(0)) {
      if (run.end !== null) return;
      if (arrived.type === "answer" && !run.calls.has(arrived.call)) this.#unwanted(arrived);
      else {
        this.#note(arrived, at);
        timed = true;
      }
    }
    const due = nextTimer(run);
    const late = this.#busy && at - run.now >= TICK_MS;
    if (!timed && run.end === null && ((due !== undefined && due <= at) || late))
      this.#write({ turns: run.turns, at, what: { type: "time" } });
  }

  #note(arrived: Arrived, at: number): void {
    const { turns } = this.#run;
    if (arrived.type === "stop") {
      this.#stop = arrived.stop;
      return this.#write({ turns, at, what: { type: "stop", stop: arrived.stop } });
    }
    const { call, answer, signal } = arrived;
    this.#write({ turns, at, what: { type: "answer", call, answer } });
    if (signal !== null) this.#store.sql.takeSignal(signal, call);
    if (signal !== null) this.#claimed.delete(signal);
    this.#store.sql.endCall(call, "answered", this.#at.now(), errorOf(answer));
  }

  #write(event: Event): void {
    this.#store.append(event);
    this.#count(event);
    take(this.#run, event);
  }

  #count({ what }: Event): void {
    this.#snapped.events++;
    if (what.type === "answer") this.#snapped.characters += what.answer.length;
  }

  /** A signal that a killed call was to get waits for another. */
  #unwanted(arrived: Extract<Arrived, { type: "answer" }>): void {
    if (arrived.signal !== null) this.#claimed.delete(arrived.signal);
  }

  /** All programs of the isolate may hold too much together: that is no part of the run, so it is written down. */
  #watch(): void {
    const run = this.#run;
    if (run.end !== null) return;
    watch(run);
    // It was set by what we just called.
    const end = run.end as Run["end"];
    if (end === null) return;
    const stop: Stop = { state: "failed", ...("code" in end ? { code: end.code, text: end.text } : {}) };
    this.#stop = stop;
    this.#store.append({ turns: run.turns, at: run.now, what: { type: "stop", stop } });
  }

  /** Stores what was said, and begins and ends calls. @param live false while the past is repeated */
  #collect(live: boolean): void {
    this.#say();
    for (const n of takeCancelled(this.#run)) this.#kill(n);
    for (const call of takeStarted(this.#run)) if (live && this.#run.calls.has(call.id)) this.#begin(call);
  }

  #say(): void {
    const said = takeOutputs(this.#run);
    if (said.length === 0) return;
    let bytes = 0;
    for (const output of said) {
      this.#outputs++;
      if (output.type === "publication") this.#publications++;
      const document = documentOf(this.#at.program, output);
      if (this.#outputs <= this.#stored) this.#compare(document);
      else {
        this.#store.putOutput(this.#outputs, output.type, document);
        bytes += document.length;
      }
    }
    if (bytes === 0) return;
    this.#bytes += bytes;
    this.#store.sql.said(this.#outputs, bytes, this.#publications);
    this.#at.changed();
  }

  /** What is said again must be what was said. */
  #compare(document: string): void {
    const [known] = this.#store.outputs(this.#outputs - 1, 1, 0);
    if (known !== undefined && known.document !== document) throw new Diverged();
  }

  #kill(n: number): void {
    this.#kills.get(n)?.abort();
    this.#queue = this.#queue.filter(({ id }) => id !== n);
    this.#waiters = this.#waiters.filter((waiter) => waiter.n !== n);
    if (this.#store.call(n)?.ended === null) this.#store.sql.endCall(n, "killed", this.#at.now(), null);
  }

  #begin(call: Call): void {
    const { name, first } = portOf(call.site);
    const n = call.id;
    const target = targetName(name, first[0] ?? call.args[0]);
    this.#store.sql.addCall(n, target, `${this.#row.id}.${n}`, this.#at.now());
    if (n > LIMITS.runCalls) return this.#arrive(n, TOO_MANY_CALLS);
    if (name !== SIGNAL_SITE) this.#queue.push(call);
    else if (typeof call.args[0] === "string" && call.args.length === 1) this.#waiters.push({ n, name: call.args[0] });
    else this.#arrive(n, UNNAMED_SIGNAL);
    this.#pump();
  }

  #arrive(call: number, answer: string, signal: number | null = null): void {
    this.#inbox.push({ type: "answer", call, answer, signal });
    this.#wake();
  }

  #pump(): void {
    // What begins now may last as long as any call may.
    while (this.#running.size < LIMITS.orcCallsAtOnce && this.#at.now() < this.#at.until - SOFT_MS) {
      const call = this.#queue.shift();
      if (call === undefined) return;
      const running = this.#answer(call).finally(() => {
        this.#running.delete(running);
        this.#pump();
        this.#wake();
      });
      this.#running.add(running);
    }
  }

  async #answer(call: Call): Promise<void> {
    const kill = new AbortController();
    this.#kills.set(call.id, kill);
    try {
      const answer = await this.#at.services.ask(call, kill.signal, this.#unpaid.has(call.id));
      if (answer !== null) this.#arrive(call.id, answer);
    } catch (error) {
      this.#broken ??= error instanceof Error ? error : new SiteBroken(String(error));
    } finally {
      this.#kills.delete(call.id);
    }
  }

  /** Hands kept signals to those who wait for them, in the order of both. */
  #offer(): void {
    if (this.#waiters.length === 0) return;
    for (const { seq, name, value } of this.#store.sql.kept()) {
      if (this.#claimed.has(seq)) continue;
      const at = this.#waiters.findIndex((waiter) => waiter.name === name);
      const waiter = this.#waiters[at];
      if (waiter === undefined) continue;
      this.#waiters.splice(at, 1);
      this.#claimed.add(seq);
      this.#arrive(waiter.n, `v${value}`, seq);
    }
  }

  /** Takes a snapshot when so much came since the last one that repeating it would take long. */
  #keepShort(events: number, steps: number): void {
    const run = this.#run;
    const { length, characters, ...since } = this.#snapped;
    // A long snapshot costs more, and is taken more seldom.
    const few =
      since.events < Math.max(events, length / 5_000) && run.steps - since.steps < Math.max(steps, length / 2);
    if (few && characters < ANSWER_CHARACTERS) return;
    if (since.events === 0 && run.steps === since.steps) return;
    const text = JSON.stringify(snapshot(run));
    this.#store.putSnapshot(text, this.#outputs, this.#publications);
    this.#snapped = { steps: run.steps, events: 0, characters: 0, length: text.length };
  }

  async #turn(): Promise<void> {
    if (this.#run.steps - this.#turned < SLICE) return;
    this.#turned = this.#run.steps;
    await new Promise((resolve) => setTimeout(resolve, 0));
  }

  /** When something happens by itself, in ms since 1970. */
  #due(): number {
    const timer = this.#row.made + (nextTimer(this.#run) ?? Number.POSITIVE_INFINITY);
    return Math.min(timer, this.#row.deadline);
  }

  async #pause(until: number): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const end = Math.min(until, this.#at.until, this.#at.now() + LOOK_MS);
    const time = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, Math.max(0, end - this.#at.now()));
    });
    await Promise.race([time, this.#woken]);
    clearTimeout(timer);
    this.#rearm();
  }

  #rearm(): void {
    this.#woken = new Promise((resolve) => (this.#wake = resolve));
  }

  #sleep(until: number): Rest {
    this.#keepShort(SLEEP_EVENTS, SLEEP_STEPS);
    this.#store.sql.burned(durableFuel(this.#run, this.#outputs));
    return { state: "sleeps", until };
  }

  /** The run has ended: its calls are ended and settled, then its own evaluation. */
  async #over(): Promise<Rest> {
    const run = this.#run;
    this.#abandon();
    await Promise.all(this.#running);
    const stop = this.#stop ?? endOf(run);
    const fuel = durableFuel(run, this.#outputs);
    const good = stop.state === "halted" || stop.state === "blocked";
    await this.#at.services.finish(fuel, run.nextCall - 1, good ? null : ERRORS[stop.state]);
    this.#store.together(() => {
      this.#store.sql.burned(fuel);
      this.#store.sql.stand(stop.state, stop.code ?? null, stop.text ?? null, this.#at.now());
    });
    this.#at.changed();
    return { state: "over" };
  }

  #abandon(): void {
    this.#queue = [];
    this.#waiters = [];
    for (const kill of this.#kills.values()) kill.abort();
  }
}

/** What a call's row shows of whom it asks. */
function targetName(site: string, first: Value | undefined): string {
  if (typeof first !== "string") return site;
  return (site === CALL_SITE ? first : `${site} ${first}`).slice(0, 500);
}

/** The journal led elsewhere than the run had been: it was another engine's. */
export class Diverged extends Error {
  override readonly name = "Diverged";
  constructor() {
    super("the run could not be repeated from its journal");
  }
}

/** What a site threw that is no error. */
class SiteBroken extends Error {
  override readonly name = "SiteBroken";
}

/** How a run stands that is over. */
interface Over extends Omit<Stop, "state"> {
  readonly state: Stop["state"] | "halted" | "blocked" | "overrun";
}

function endOf(run: Run): Over {
  const end = run.end ?? { state: "cancelled" };
  return end.state === "overrun" ? { state: "overrun", code: end.code, text: end.text } : { state: end.state };
}

/** How the record of an evaluation calls what ended it. */
const ERRORS = { overrun: "Overrun", cancelled: "Cancelled", timeout: "TimeoutError", failed: "Failed" } as const;
/** Milliseconds before its end in which a life begins no calls: a call's own time, and some more to settle it. */
const SOFT_MS = LIMITS.timeoutSeconds * 1_000 + 10_000;
/** Milliseconds after which a run that waits looks whether it is still wanted. */
const LOOK_MS = 5_000;

const TOO_MANY_CALLS = writeAnswer(refused("CallCount", `A run makes at most ${LIMITS.runCalls} calls`));
const UNNAMED_SIGNAL = writeAnswer(refused("InvalidInput", 'Name a signal by a string: signal("answer")'));
const TOO_MUCH_SAID: Stop = {
  state: "failed",
  code: "too-much-output",
  text: `A run says at most ${LIMITS.runOutputs} things of ${LIMITS.runOutputBytes} bytes in all`,
};
