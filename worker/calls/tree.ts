// One call tree while it runs: its budget and the money set aside for it, the stores its invocations share, how many there
// are, and whether it was cancelled. What a tree did takes effect when it settles (commit.ts), and not before.
import type { Env } from "../env.ts";
import { LIMITS } from "../limits.ts";
import type { Grant } from "../market/access/grant.ts";
import { Budget, type Allowance } from "../market/budget.ts";
import { sessionOf } from "../data/path.ts";
import { CALL_FEE, FUEL_PER_MICROCREDIT } from "../market/money/price.ts";
import { algorithmId, type Release } from "../market/release.ts";
import type { Progress } from "../objects/account/running.ts";
import type { StateStore } from "../objects/state/protocol.ts";
import { stateOf } from "../objects/state/object.ts";
import { collectionOf } from "../objects/collection/object.ts";
import type { HostStop, Replied } from "../sandbox/protocol.ts";
import { type Doorkeeper, Sessions } from "../sandbox/sessions.ts";
import { Absent } from "./absent.ts";
import type { Cancel } from "./cancel.ts";
import type { Invocation } from "./invocation.ts";
import { FilesView, SessionView } from "./files.ts";
import { type Participant, StoreView } from "./store.ts";

/** Microcredits of fuel granted at a time. */
const PIECE = LIMITS.pieceFuel / FUEL_PER_MICROCREDIT;

/** Money that a tree may use, and how it gets more: a Reservation of the purse. */
export interface Money {
  readonly amount: number;
  extend(env: Env, missing: number): Promise<number>;
}

/** What a nested call came to, before the parent's fuel is known; or why the whole tree stops. */
export type NestedReply = Replied | HostStop;

/**
 * Runs an algorithm that another one calls.
 * @param kind of the input, as the ABI numbers it
 * @param begun called when it has its place in the tree, if it comes to that
 */
export type NestedCall = (
  parent: Invocation,
  callee: string,
  kind: number,
  input: Uint8Array,
  begun?: () => void,
) => Promise<NestedReply>;

/** What does not change from one run of a tree to the next. */
export interface TreeFacts {
  readonly env: Env;
  readonly ctx: ExecutionContext;
  /** `req-` and a UUID. */
  readonly id: string;
  readonly grant: Grant;
  /** Microcredits the tree may cost at most, and whether the caller said so. */
  readonly ceiling: number;
  readonly maxCost: number | undefined;
  /** The quote that this is the ceiling of; null: of none. */
  readonly quote: string | null;
  /** Whether inputs and host answers are kept for a replay. */
  readonly keep: boolean;
  /** Milliseconds since 1970, and whether the caller chose it. */
  readonly deadline: number;
  readonly timeoutChosen: boolean;
  readonly money: Money;
  /** Ends the tree when it is wished; null: nobody cancels it. */
  readonly cancel: Cancel | null;
  readonly nested: NestedCall;
  /** Hears how far the root says it is, once a second at most. */
  readonly said?: (progress: Progress) => void;
  /** How many times the request that began it had passed through us. */
  readonly hops?: number;
  /** Sandboxes that this invocation of our worker has open, by build, where other trees run in it too. */
  readonly sandboxes?: Map<string, number>;
}

export class Tree implements Doorkeeper {
  readonly facts: TreeFacts;
  readonly budget: Budget;
  /** In the order of their start: every parent before its children. */
  readonly invocations: Invocation[] = [];
  /** Of this run of the tree; whoever runs it closes them. */
  readonly sessions = new Sessions(this);
  #ended = false;
  /** Callees that it asked for and that are not there. */
  readonly absent = new Absent();
  readonly #stores = new Map<string, StoreView>();
  readonly #files = new Map<string, FilesView>();
  #session: SessionView | null = null;
  /** Sandboxes open now by build, and how often each. */
  readonly #open: Map<string, number>;

  constructor(facts: TreeFacts) {
    this.facts = facts;
    this.#open = facts.sandboxes ?? new Map();
    this.budget = new Budget(facts.ceiling);
  }

  /** Whether the tree must end, and why. */
  get over(): HostStop | null {
    if (this.#ended || this.facts.cancel?.wished === true) return "Cancelled";
    return this.late ? "TimeoutError" : null;
  }

  /** While it is set, what runs ends at its next question to the host: who waited for it is over. */
  set ending(ending: boolean) {
    this.#ended = ending;
  }

  get late(): boolean {
    return Date.now() > this.facts.deadline;
  }

  /** The tree's view of the store that an algorithm has for the caller. */
  store(release: Release): StoreView {
    const algorithm = release.algorithm.toLowerCase();
    const known = this.#stores.get(algorithm);
    if (known !== undefined) return known;
    const [owner = "", name = ""] = algorithm.split("/");
    const store: StateStore = stateOf(this.facts.env, algorithmId(owner, name), this.facts.grant.account);
    const made = new StoreView(algorithm, store);
    this.#stores.set(algorithm, made);
    return made;
  }

  /** The tree's view of a collection. */
  files(owner: string, collection: string): FilesView {
    const name = `data://${owner.toLowerCase()}/${collection}`;
    const known = this.#files.get(name);
    if (known !== undefined) return known;
    const made = new FilesView(name, collectionOf(this.facts.env, owner, collection));
    this.#files.set(name, made);
    return made;
  }

  /** The tree's session: files for its calls alone. */
  get session(): SessionView {
    const { env, grant } = this.facts;
    const { owner, collection } = sessionOf(grant.account);
    this.#session ??= new SessionView("data://.session", collectionOf(env, owner, collection));
    return this.#session;
  }

  /** All stores that were touched, in one order for all trees. */
  get stores(): readonly Participant[] {
    const session = this.#session === null ? [] : [this.#session];
    return [...this.#stores.values(), ...this.#files.values(), ...session].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Holds fee and royalty of one more invocation, and a first piece of fuel. @returns why it may not begin */
  async open(royalty: number): Promise<Allowance | "BudgetExceeded" | "InsufficientCredits"> {
    const allowance = this.budget.open(royalty);
    if (allowance === null) return "BudgetExceeded";
    const stop = await this.grow(allowance);
    if (stop === null) return allowance;
    allowance.close(0, "free");
    return stop;
  }

  /**
   * One more piece of fuel for an invocation, as far as ceiling and money reach.
   * @returns why there is none; null also when the platform's own limit is reached
   */
  async grow(allowance: Allowance): Promise<"BudgetExceeded" | "InsufficientCredits" | null> {
    const added = allowance.grow(PIECE);
    if (added === 0) return allowance.full ? null : "BudgetExceeded";
    const { env, money } = this.facts;
    if (this.budget.committed > money.amount) await money.extend(env, this.budget.committed - money.amount);
    const short = Math.max(0, this.budget.committed - money.amount);
    allowance.shrink(Math.min(short, added));
    return short >= added ? "InsufficientCredits" : null;
  }

  /** Fee and royalty of an invocation and a first piece of fuel: what is set aside for it before it begins. */
  static first(royalty: number): number {
    return CALL_FEE + royalty + PIECE;
  }

  /**
   * Notes that a sandbox is opened. Builds are counted: that calls of one build fill more than one isolate is seen only when they are
   * admitted, and counting each call would send side-by-side calls of one build through a Hop that needs none.
   * @returns whether this invocation of our worker may open it itself
   */
  enter(build: string): boolean {
    const full = (): boolean => !this.#open.has(build) && this.#open.size >= LIMITS.openSandboxes;
    if (full()) this.sessions.clear();
    if (full()) return false;
    this.hold(build);
    return true;
  }

  /** Notes that a sandbox stays open. */
  hold(build: string): void {
    this.#open.set(build, (this.#open.get(build) ?? 0) + 1);
  }

  leave(build: string): void {
    const times = this.#open.get(build) ?? 0;
    if (times > 1) this.#open.set(build, times - 1);
    else this.#open.delete(build);
  }
}
