// Ref, Cell, Semaphore, Counter and Dictionary (orc.md §9). Suffix D: never waits, halts instead. A killed waiter is skipped, so
// killing a blocked call has no effect on others.
import { HALTED, LATER, type Task, WAITS } from "../engine/records.ts";
import { answer, type Run } from "../engine/run.ts";
import type { HostSite, Outcome } from "../engine/site.ts";
import { answerAll, TaskQueue } from "../engine/tasks.ts";
import { arityMismatch, Failure, illegalArgument } from "../values/failure.ts";
import { type Integer, integer, SIGNAL, Thing, type Value } from "../values/kinds.ts";
import { method, type Methods, site0, site1, siteN, wholeNumber } from "./define.ts";

/** The task waits in the queue; without a task it has to come again with one. */
export function waitIn(queue: TaskQueue, task: Task | null): Outcome {
  if (task === null) return LATER;
  queue.push(task);
  return WAITS;
}

/** A place for one value: `once` for a Cell, which is written only once. */
export class Ref extends Thing {
  readonly kind: string;
  readonly once: boolean;
  value: Value | undefined = undefined;
  readonly readers = new TaskQueue();
  constructor(kind: string, once: boolean) {
    super();
    this.kind = kind;
    this.once = once;
  }
}

export const newRef = (): Ref => new Ref("Ref", false);

export const REF: Methods = {
  read: method(0, (_, self: Ref, _args, task) => (self.value === undefined ? waitIn(self.readers, task) : self.value)),
  readD: method(0, (_, self: Ref) => (self.value === undefined ? HALTED : self.value)),
  write: method(1, (run, self: Ref, [value]) => {
    if (self.once && self.value !== undefined) return HALTED;
    self.value = value as Value;
    answerAll(run, self.readers, self.value);
    return SIGNAL;
  }),
};

function makeRef(args: readonly Value[]): Outcome {
  if (args.length > 1) return arityMismatch(1, args.length);
  const ref = newRef();
  if (args.length === 1) ref.value = args[0];
  return ref;
}

export class Semaphore extends Thing {
  readonly kind = "Semaphore";
  permits: number;
  readonly waiting = new TaskQueue();
  readonly snoopers = new TaskQueue();
  constructor(permits: number) {
    super();
    this.permits = permits;
  }
}

function acquire(run: Run, self: Semaphore, task: Task | null): Outcome {
  if (self.permits > 0) {
    self.permits--;
    return SIGNAL;
  }
  if (task !== null) answerAll(run, self.snoopers, SIGNAL);
  return waitIn(self.waiting, task);
}

function release(run: Run, self: Semaphore): Outcome {
  const next = self.waiting.shift();
  if (next === undefined) self.permits++;
  else answer(run, next, SIGNAL);
  return SIGNAL;
}

const somebodyWaits = (self: Semaphore): boolean => self.waiting.peek() !== undefined;

export const SEMAPHORE: Methods = {
  acquire: method(0, (run, self: Semaphore, _, task) => acquire(run, self, task)),
  acquireD: method(0, (run, self: Semaphore) => (self.permits > 0 ? acquire(run, self, null) : HALTED)),
  release: method(0, (run, self: Semaphore) => release(run, self)),
  snoop: method(0, (_, self: Semaphore, _args, task) => (somebodyWaits(self) ? SIGNAL : waitIn(self.snoopers, task))),
  snoopD: method(0, (_, self: Semaphore) => (somebodyWaits(self) ? SIGNAL : HALTED)),
};

function makeSemaphore(value: Value): Outcome {
  const permits = wholeNumber(value, 0);
  if (permits instanceof Failure) return permits;
  return permits < 0 ? illegalArgument("Semaphore requires a non-negative argument") : new Semaphore(permits);
}

export class Counter extends Thing {
  readonly kind = "Counter";
  count: number;
  readonly waiting = new TaskQueue();
  constructor(count: number) {
    super();
    this.count = count;
  }
}

function decrement(run: Run, self: Counter): Outcome {
  if (self.count <= 0) return HALTED;
  if (--self.count === 0) answerAll(run, self.waiting, SIGNAL);
  return SIGNAL;
}

export const COUNTER: Methods = {
  inc: method(0, (_, self: Counter) => {
    self.count++;
    return SIGNAL;
  }),
  dec: method(0, (run, self: Counter) => decrement(run, self)),
  onZero: method(0, (_, self: Counter, _args, task) => (self.count === 0 ? SIGNAL : waitIn(self.waiting, task))),
  value: method(0, (_, self: Counter): Integer => integer(BigInt(self.count))),
};

function makeCounter(args: readonly Value[]): Outcome {
  if (args.length > 1) return arityMismatch(1, args.length);
  const count = wholeNumber(args[0] ?? 0, 0);
  if (count instanceof Failure) return count;
  return count < 0 ? illegalArgument("Counter requires a non-negative argument") : new Counter(count);
}

/** `d.k` is a Ref made on first use. */
export class Dictionary extends Thing {
  readonly kind = "Dictionary";
  readonly refs = new Map<string, Ref>();
}

export function entryOf(dictionary: Dictionary, key: string): Ref {
  const known = dictionary.refs.get(key);
  if (known !== undefined) return known;
  const made = newRef();
  dictionary.refs.set(key, made);
  return made;
}

export const STATE: readonly HostSite[] = [
  siteN("orc.lib.state.Ref", (_, args) => makeRef(args)),
  site0("orc.lib.state.Cell", () => new Ref("Cell", true)),
  site1("orc.lib.state.Semaphore", (_, permits) => makeSemaphore(permits)),
  siteN("orc.lib.state.Counter", (_, args) => makeCounter(args)),
  site0("orc.lib.state.Dictionary", () => new Dictionary()),
];
