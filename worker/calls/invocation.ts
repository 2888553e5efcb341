// One invocation: an algorithm that runs once, as the root of a tree or below another. It knows what it holds of the tree's
// budget while it runs, and what the record says of it when it is over.
import type { Allowance, Charge } from "../market/budget.ts";
import { sha256Hex } from "../market/hash.ts";
import type { Permission } from "../market/manifest.ts";
import type { CallNode, Near, Payer } from "../market/record.ts";
import { sha256Short } from "../market/sha256.ts";
import { Tape } from "../market/record/tape.ts";
import type { Release } from "../market/release.ts";
import { type Fate, type GuestReport, type Log, NO_LOG, type Waited } from "../sandbox/protocol.ts";
import { newFate } from "../sandbox/run.ts";
import { Draft } from "./files.ts";
import type { Ending, Bounds } from "./outcome.ts";
import type { Tree } from "./tree.ts";

/** Bytes up to which hashing here is faster than asking WebCrypto: a dozen blocks. */
const SHORT = 768;

const digest = (bytes: Uint8Array): string | Promise<string> =>
  bytes.length <= SHORT ? sha256Short(bytes) : sha256Hex(bytes);

const NOTHING = new Uint8Array(0);
const NO_WAIT: Waited = { since: 0, turned: false };

export interface InvocationFacts {
  readonly release: Release;
  readonly input: Uint8Array;
  readonly allowance: Allowance;
  readonly parent: Invocation | null;
}

/** Where an invocation ran that did not run as usual, and the hash of what it was told there. */
export interface RanNear {
  readonly ran: Near;
  readonly answers: string | null;
}

/** What is known of an invocation when it is over. */
interface Over {
  readonly error: string | null;
  readonly fuel: number;
  readonly pages: number;
  readonly outputBytes: number;
  readonly output: string | null;
  readonly charge: Charge;
  readonly payer: Payer;
  readonly duration: number;
}

export class Invocation {
  readonly tree: Tree;
  /** The root's is the tree's; the n-th call that another starts is `PARENT/n`. */
  readonly id: string;
  readonly depth: number;
  readonly release: Release;
  readonly parent: Invocation | null;
  /** Empty once it is over, unless it is kept: a tree may hold a thousand of them. */
  input: Uint8Array;
  readonly inputBytes: number;
  readonly allowance: Allowance;
  readonly started = Date.now();
  readonly fate: Fate = newFate(this.started);
  readonly tape: Tape;
  hostCalls = 0;
  /** Whether it read a secret. */
  confidential = false;
  /** Files it has written. */
  readonly draft = new Draft();
  /** The call of another algorithm that it waits for. */
  pending: Promise<unknown> | null = null;
  /** Why its fuel did not grow any more. */
  limit: Bounds["limit"] = null;
  #children = 0;
  #inputHash: string | Promise<string> = "";
  #over: Over | null = null;
  #log: Log = NO_LOG;
  #looked = false;
  #waited: Waited = NO_WAIT;
  #stopping: PromiseWithResolvers<void> | null = null;
  #near: RanNear | null = null;

  constructor(tree: Tree, { release, input, allowance, parent }: InvocationFacts) {
    this.tree = tree;
    this.id = parent === null ? tree.facts.id : `${parent.id}/${++parent.#children}`;
    this.depth = parent === null ? 1 : parent.depth + 1;
    this.release = release;
    this.parent = parent;
    this.input = input;
    this.inputBytes = input.length;
    this.allowance = allowance;
    this.tape = new Tape(tree.facts.keep);
    this.#inputHash = digest(input);
  }

  /** Whether it still runs: its capability dies with it. */
  get alive(): boolean {
    return this.#over === null;
  }

  /** Resolves when its module shall stop, or has: asked only by one that runs, or waits, for a while. */
  stopped(): Promise<void> {
    if (this.#stopping === null) {
      const stopping = Promise.withResolvers<void>();
      this.#stopping = stopping;
      this.tree.facts.cancel?.heard(() => stopping.resolve());
      if (!this.alive) stopping.resolve();
    }
    return this.#stopping.promise;
  }

  /** Lets its module end at its next slice: who waited for it is over. */
  abandon(): void {
    this.#stopping?.resolve();
  }

  /** Whether another one waits for it, or for one that does. */
  below(other: Invocation): boolean {
    return this.parent !== null && (this.parent === other || this.parent.below(other));
  }

  /** Whether it and all above it ask for something in their manifests. */
  allAsk(permission: Permission): boolean {
    return this.release.manifest.permissions.includes(permission) && (this.parent?.allAsk(permission) ?? true);
  }

  /** Whether it, or one that called it, read a secret: what it was given and told may hold it. */
  get knowsSecrets(): boolean {
    return this.confidential || (this.parent?.knowsSecrets ?? false);
  }

  /** Ends it. @param fuel burned @param pages of memory at the end */
  async end(ending: Ending, fuel: number, pages: number, charge: Charge, payer: Payer): Promise<void> {
    const duration = Date.now() - this.started;
    const output = ending.ok ? await digest(ending.value.bytes) : null;
    const outputBytes = ending.ok ? ending.value.bytes.length : 0;
    const error = ending.ok ? null : ending.error.type;
    this.#inputHash = await this.#inputHash;
    this.#over = { error, fuel, pages, outputBytes, output, charge, payer, duration };
    if (this.parent !== null && !this.tree.facts.keep) this.input = NOTHING;
    this.#stopping?.resolve();
  }

  /** Takes over what of a report is not its ending. */
  reported({ log, looked, since, turned }: GuestReport): void {
    this.#log = log;
    this.#looked = looked;
    this.parent?.addWaited({ since, turned });
  }

  /** Of callees side by side what they burned is summed up, as if none had yielded after another. */
  addWaited({ since, turned }: Waited): void {
    this.#waited = { since: this.#waited.since + since, turned: this.#waited.turned || turned };
  }

  /** How long the network has waited by its callees' doing since this was asked last. */
  takeWaited(): Waited {
    const waited = this.#waited;
    this.#waited = NO_WAIT;
    return waited;
  }

  /** It ran from the object that holds what it reads. @param hostCalls that the object answered */
  ranNear(near: RanNear, hostCalls: number): void {
    this.#near = near;
    this.hostCalls += hostCalls;
  }

  /** Where it ran, if not as usual. */
  get ran(): Near | null {
    return this.#near?.ran ?? null;
  }

  get log(): Log {
    return this.#log;
  }

  /** Fuel it burned itself. */
  get fuel(): number {
    return this.#over?.fuel ?? 0;
  }

  /** What the record says of it. @param fuelTotal with everything below it */
  node(fuelTotal: number): CallNode {
    const { release, tape, parent, hostCalls, started, inputBytes } = this;
    const over = this.#over;
    const near = this.#near;
    return {
      id: this.id,
      parent: parent === null ? null : parent.id,
      algorithm: release.algorithm,
      version: release.version,
      build: release.build,
      costTable: release.metered.costTable,
      closed: release.manifest.source === "closed",
      status: over?.error === null ? "completed" : "failed",
      error: over === null ? "Unavailable" : over.error,
      fuel: this.fuel,
      fuelTotal,
      hostCalls,
      inputBytes,
      outputBytes: over?.outputBytes ?? 0,
      memoryPages: over?.pages ?? 0,
      started,
      duration: over?.duration ?? 0,
      input: typeof this.#inputHash === "string" ? this.#inputHash : "",
      output: over?.output ?? null,
      answers: near === null ? tape.hash : near.answers,
      ...(near === null ? {} : { ran: near.ran }),
      ...(this.#looked ? { seed: Buffer.from(this.fate.seed).toString("hex") } : {}),
      charge: { ...(over?.charge ?? { compute: 0, call: 0, royalty: 0 }), payer: over?.payer ?? "nobody" },
    };
  }
}
