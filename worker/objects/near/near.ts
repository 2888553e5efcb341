// Calls that run from the object that holds what they read: the sandbox is opened here, so that bytes need not go further than
// from the object into it. The call itself (its tree, money, record, what it may do) stays where it came in, behind the host it
// brings. A few at once; whoever finds no room runs as usual.
import type { Env } from "../../env.ts";
import { LIMITS } from "../../limits.ts";
import { Tape } from "../../market/record/tape.ts";
import { type Result, err, ok } from "../../market/result.ts";
import type { GuestReport } from "../../sandbox/protocol.ts";
import { type RunError, type RunRequest, runOnce } from "../../sandbox/run.ts";
import { TapedHost } from "../../sandbox/taped.ts";
import { tailOf } from "../../tail.ts";
import { codeOf } from "../blobs/code.ts";
import { type Home, NearHost, type Reads } from "./host.ts";

/** What is to be run, without the capability. */
export type NearRun = Omit<RunRequest, "code" | "host" | "tail" | "near" | "sessions">;

/** How it went, and what the host at home does not know of it. */
export interface NearReport<Looks> {
  readonly report: GuestReport;
  /** Functions of the host that the object answered. */
  readonly hostCalls: number;
  /** Hash of what the module was told, in order (market/record/tape.ts). */
  readonly answers: string | null;
  /** What it looked at, unless home has heard of it. */
  readonly looks: Looks | null;
}

/** `elsewhere`: there is no room, or nothing here for who asks. Nothing ran. */
export type NearError = "elsewhere" | RunError;

export type NearRan<Looks> = Promise<Result<NearReport<Looks>, NearError>>;

/** Milliseconds that a run's place outlives its deadline, should it never say that it is over. */
const SLACK_MS = 10_000;

/** The places for calls of one object. */
export class NearRuns {
  readonly #env: Env;
  readonly #ctx: DurableObjectState;
  readonly #running = new Set<{ readonly until: number }>();

  constructor(env: Env, ctx: DurableObjectState) {
    this.#env = env;
    this.#ctx = ctx;
  }

  /** Runs a call here if there is room. @param home its host, alive as long as this runs */
  async run<Looks>(run: NearRun, home: Home<Looks>, reads: Reads<Looks>): NearRan<Looks> {
    const place = { until: run.deadline + SLACK_MS };
    for (const each of this.#running) if (each.until < Date.now()) this.#running.delete(each);
    if (this.#running.size >= LIMITS.nearRuns || reads.some === false) return err("elsewhere");
    this.#running.add(place);
    try {
      return await this.#run(run, new NearHost(home, reads));
    } finally {
      this.#running.delete(place);
    }
  }

  async #run<Looks>(run: NearRun, host: NearHost<Looks>): NearRan<Looks> {
    const { sha256 } = run.release.metered;
    const code = await codeOf(this.#env, sha256);
    if (code === null) return err("elsewhere");
    const tape = new Tape(false);
    const tail = tailOf(this.#ctx, this.#env, sha256);
    const taped = new TapedHost(host, tape);
    const ran = await runOnce(this.#env, { ...run, code, tail, near: true, host: taped });
    TapedHost.end(taped);
    if (!ran.ok) return err(ran.error === "busy" ? "elsewhere" : ran.error);
    return ok({ report: ran.value, answers: tape.hash, ...NearHost.over(host) });
  }
}
