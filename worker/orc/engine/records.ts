// What a run consists of: tasks, scopes, futures, continuations, clock zones. Plain records that name program nodes by number:
// no closure and no promise, so that a run can be written down at any moment (snapshot.ts).
import type { NodeId } from "../core/program.ts";
import { Exit } from "../values/bounds.ts";
import type { Value } from "../values/kinds.ts";

/** Element 0 is the frame above or null (in a closure's environment: true once the closure is known to be formed). */
export type Frame = Slot[];
export type Slot = Value | Future | Slot[] | undefined;

/** A task whose node is this publishes its value when it runs on. */
export const PUBLISH = -2;
/** The machine has no current task. */
export const IDLE = -1;

/** One thread of control. While it waits it stands in a queue of what it waits for; its scope counts it wherever it stands. */
export class Task {
  node: NodeId;
  frame: Frame;
  kont: Kont | null;
  readonly scope: Scope;
  value: Value;
  constructor(node: NodeId, frame: Frame, kont: Kont | null, scope: Scope) {
    this.node = node;
    this.frame = frame;
    this.kont = kont;
    this.scope = scope;
    this.value = null;
  }
}

/** What becomes of a publication inside a scope: it starts `right` of the sequential node. After the last it leaves the scope. */
export class Kont {
  readonly node: NodeId;
  readonly frame: Frame;
  readonly next: Kont | null;
  constructor(node: NodeId, frame: Frame, next: Kont | null) {
    this.node = node;
    this.frame = frame;
    this.next = next;
  }
}

export const UNBOUND = 0;
export const BOUND = 1;
export const STOPPED = 2;

/** Who waits for a future: a task, or a task that waits for several. */
export type Waiter = Task | Join;

export class Future {
  state: number;
  value: Value;
  waiters: Waiter[] | null;
  /** Length at which dead waiters are swept out. */
  sweepAt: number;
  constructor(state: number) {
    this.state = state;
    this.value = null;
    this.waiters = null;
    this.sweepAt = 32;
  }
}

/** The future of everything that halted unpublished. Never waited for. */
export const NOTHING = new Future(STOPPED);

/** A task that waits until `missing` futures are bound, or one is stopped. */
export class Join {
  task: Task | null;
  missing: number;
  constructor(task: Task, missing: number) {
    this.task = task;
    this.missing = missing;
  }
}

/** What a scope is for, and so what happens when something in it publishes, and when it halts. */
export const ROOT = 0;
export const BINDING = 1;
export const OTHERWISE = 2;
export const ZONE = 3;
export const SITE = 4;

export class Scope {
  readonly kind: number;
  readonly parent: Scope | null;
  /** Live tasks and live child scopes. */
  live: number;
  /** Live child scopes, linked through `before` and `after`. */
  children: number;
  first: Scope | null;
  before: Scope | null;
  after: Scope | null;
  /** Killed: nothing in it runs any more. */
  dead: boolean;
  /** OTHERWISE: something came out of the present branch. SITE: the call was answered. */
  published: boolean;
  /** BINDING: the prune node and the binding; OTHERWISE: the node and the branch; with the frame they run in. */
  readonly node: NodeId;
  index: number;
  readonly frame: Frame | null;
  /** OTHERWISE, ZONE: where publications go on, outside. */
  readonly kont: Kont | null;
  /** The innermost clock zone; of a ZONE its own. */
  zone: Zone | null;
  /** SITE: who waits for the first publication. */
  caller: Task | null;
  /** Tasks in it that wait for an answer from outside and so keep the zone busy. */
  pending: number;
  /** Ids of calls in flight that were made in it. */
  calls: Set<number> | null;

  constructor(kind: number, parent: Scope | null, node: NodeId, frame: Frame | null, kont: Kont | null) {
    this.kind = kind;
    this.parent = parent;
    this.live = 0;
    this.children = 0;
    this.first = null;
    this.before = null;
    this.after = null;
    this.dead = false;
    this.published = false;
    this.node = node;
    this.index = 0;
    this.frame = frame;
    this.kont = kont;
    this.zone = parent === null ? null : parent.zone;
    this.caller = null;
    this.pending = 0;
    this.calls = null;
  }
}

/** A clock zone of virtual time (orc.md §6). */
export class Zone {
  readonly scope: Scope;
  readonly above: Zone | null;
  readonly order: Value;
  /** Undefined: no time set yet. */
  now: Value | undefined;
  /** Tasks that run or are ready, calls in progress that keep it busy, and nested zones that have not halted. */
  busy: number;
  /** A heap: least time first, then first come. */
  readonly queue: Waiting[];
  constructor(scope: Scope, above: Zone | null, order: Value) {
    this.scope = scope;
    this.above = above;
    this.order = order;
    this.now = undefined;
    this.busy = 0;
    this.queue = [];
  }
}

/** A task that waits for a time: milliseconds of the run, or a virtual time. */
export class Waiting {
  readonly at: Value;
  readonly turn: number;
  readonly task: Task;
  constructor(at: Value, turn: number, task: Task) {
    this.at = at;
    this.turn = turn;
    this.task = task;
  }
}

/** A call in flight to a site outside the run. */
export class Call {
  readonly id: number;
  /** The port's name, and the method's after a dot if there is one. */
  readonly site: string;
  readonly args: readonly Value[];
  readonly task: Task;
  readonly node: NodeId;
  constructor(id: number, site: string, args: readonly Value[], task: Task, node: NodeId) {
    this.id = id;
    this.site = site;
    this.args = args;
    this.task = task;
    this.node = node;
  }
}

/** How a call went that gave no value. */
export class Mark extends Exit {
  readonly mark: string;
  constructor(mark: string) {
    super();
    this.mark = mark;
  }
}

/** It halted. */
export const HALTED = new Mark("halted");
/** It cannot be answered at once, and nothing was done: call again with a task that can wait. */
export const LATER = new Mark("later");
/** The task now waits; the zone may be quiet meanwhile. */
export const WAITS = new Mark("waits");
/** The current task went on by itself: nothing is left to do. */
export const DONE = new Mark("done");
