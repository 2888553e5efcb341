// The state of one run, and how tasks wait and run on. No I/O and no clock: time, answers and output go through this record.
import type { Program } from "../core/program.ts";
import { BOUNDS, Overrun, type OverrunCode } from "../values/bounds.ts";
import type { Failure } from "../values/failure.ts";
import type { Value } from "../values/kinds.ts";
import { Deque } from "./deque.ts";
import type { Image, Op } from "./image.ts";
import {
  BOUND,
  type Call,
  type Frame,
  type Future,
  IDLE,
  Join,
  type Kont,
  PUBLISH,
  ROOT,
  Scope,
  STOPPED,
  Task,
  UNBOUND,
  type Waiter,
  type Waiting,
  type Zone,
} from "./records.ts";

/** What a run says. `node` is where in the program (Program.spans). */
export type Output =
  | { readonly type: "publication"; readonly value: Value }
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "error"; readonly kind: string; readonly text: string; readonly node: number };

/** How a run ended: it halted, it can never go on, it passed a bound, or somebody stopped it. */
export type End =
  | { readonly state: "halted" | "blocked" | "cancelled" }
  | { readonly state: "overrun"; readonly code: OverrunCode; readonly text: string };

export class Run {
  readonly image: Image;
  readonly ops: readonly Op[];

  /** The current task: node, frame, continuation, scope. */
  node: number = IDLE;
  frame: Frame = [];
  kont: Kont | null = null;
  scope: Scope;

  readonly root: Scope;
  /** Ready tasks: of this turn, last in first out; and of the next turns. */
  stack: Task[] = [];
  queue = new Deque<Task>();
  /** Live tasks, running and waiting. */
  tasks = 0;
  /** Zones that became quiet. */
  quiet: Zone[] = [];

  /** Milliseconds since the run began. */
  now = 0;
  timers: Waiting[] = [];
  timersSweepAt = 64;
  /** Numbers timers and other things in order of their coming. */
  turn = 0;

  readonly calls = new Map<number, Call>();
  nextCall = 1;
  /** Calls that the outside has to start, and numbers of those it has to give up, since it last looked. */
  started: Call[] = [];
  cancelled: number[] = [];

  outputs: Output[] = [];
  /** Bytes of printed text among them. */
  unread = 0;
  /** What a probe (zones.ts) published. */
  probe: Value | undefined = undefined;
  end: End | null = null;

  /** Steps taken; each is charged FUEL.step. */
  steps = 0;
  /** Turns taken (machine.ts): between two of them answers and times come in, so they are what a journal counts by. */
  turns = 0;
  maxSteps: number;
  /** State of the random numbers: a run is repeated exactly from its seed. */
  seed: number;
  /** Bytes made since the live ones were counted, roughly; and how many until they are counted again (memory.ts). */
  bytes = 0;
  countAt: number = BOUNDS.liveBytes;

  constructor(image: Image, program: Program, options: { readonly seed: number; readonly maxSteps: number }) {
    this.image = image;
    this.ops = image.ops;
    this.seed = options.seed;
    this.maxSteps = options.maxSteps;
    this.root = new Scope(ROOT, null, -1, null, null);
    this.scope = this.root;
    const frame: Frame = newFrame(program.frame, null);
    pushTask(this, program.root, frame, null, this.root);
  }

  /** Charges work beyond the step itself. */
  charge(steps: number): void {
    this.steps += steps;
  }

  /** Counts a long value that was made. @param bytes its size */
  made(bytes: number): void {
    this.bytes += bytes;
    this.steps += bytes >> 8;
  }

  print(text: string): void {
    this.made(2 * text.length);
    this.unread += 2 * text.length;
    this.outputs.push({ type: "text", text });
  }

  /** @param node where it happened; the current one unless told */
  report(failure: Failure, node: number = this.node): void {
    this.outputs.push({ type: "error", kind: failure.kind, text: failure.text, node });
  }

  overrun(overrun: Overrun): void {
    this.end ??= { state: "overrun", code: overrun.code, text: overrun.text };
  }
}

/** @returns a frame of `size` elements, all but the first unset */
export function newFrame(size: number, above: Frame | null): Frame {
  switch (size) {
    case 1:
      return [above];
    case 2:
      return [above, undefined];
    case 3:
      return [above, undefined, undefined];
    case 4:
      return [above, undefined, undefined, undefined];
    case 5:
      return [above, undefined, undefined, undefined, undefined];
    case 6:
      return [above, undefined, undefined, undefined, undefined, undefined];
    default: {
      const frame: Frame = [above];
      for (let index = 1; index < size; index++) frame.push(undefined);
      return frame;
    }
  }
}

/** A new task in `scope`, to run next. */
export function pushTask(run: Run, node: number, frame: Frame, kont: Kont | null, scope: Scope): void {
  countTask(run, scope);
  run.stack.push(new Task(node, frame, kont, scope));
}

/** A new task begins to live in `scope`. */
export function countTask(run: Run, scope: Scope): void {
  scope.live++;
  run.bytes += 32;
  if (++run.tasks > BOUNDS.liveTasks) run.overrun(new Overrun("too-many-tasks", `More than ${BOUNDS.liveTasks} tasks`));
  if (scope.zone !== null) scope.zone.busy++;
}

/** A task of the zone ran out, began to wait, or was dropped. */
export function unbusy(run: Run, zone: Zone | null): void {
  if (zone !== null && --zone.busy === 0) run.quiet.push(zone);
}

/** Takes the current task off the machine, as a record that can wait. It is not busy any more. */
export function suspend(run: Run): Task {
  const task = new Task(run.node, run.frame, run.kont, run.scope);
  run.node = IDLE;
  unbusy(run, run.scope.zone);
  return task;
}

/** A waiting task becomes ready; a dead one stays dead. */
export function wake(run: Run, task: Task): void {
  if (task.scope.dead) return;
  if (task.scope.zone !== null) task.scope.zone.busy++;
  run.queue.push(task);
}

/** A waiting task is answered. @returns false if it is dead: then the answer should go to another */
export function answer(run: Run, task: Task, value: Value): boolean {
  if (task.scope.dead) return false;
  task.node = PUBLISH;
  task.value = value;
  wake(run, task);
  return true;
}

/** The current task waits for futures, at least one, until all are bound or one is stopped; then its node runs again. */
export function block(run: Run, futures: readonly Future[]): void {
  const task = suspend(run);
  const waiter = futures.length === 1 ? task : new Join(task, futures.length);
  for (const future of futures) addWaiter(future, waiter);
}

const isDead = (waiter: Waiter): boolean =>
  waiter instanceof Task ? waiter.scope.dead : waiter.task === null || waiter.task.scope.dead;

function addWaiter(future: Future, waiter: Waiter): void {
  if (future.waiters === null) future.waiters = [waiter];
  else {
    if (future.waiters.length >= future.sweepAt) {
      future.waiters = future.waiters.filter((other) => !isDead(other));
      future.sweepAt = 2 * future.waiters.length + 32;
    }
    future.waiters.push(waiter);
  }
}

/** Binds the future, or stops it (`state`), and wakes who waits for it. */
export function settle(run: Run, future: Future, state: typeof BOUND | typeof STOPPED, value: Value): void {
  if (future.state !== UNBOUND) return;
  future.state = state;
  future.value = value;
  const waiters = future.waiters;
  future.waiters = null;
  if (waiters === null) return;
  for (const waiter of waiters) {
    if (waiter instanceof Task) wake(run, waiter);
    else if (--waiter.missing === 0 || state === STOPPED) wakeJoin(run, waiter);
  }
}

function wakeJoin(run: Run, join: Join): void {
  const task = join.task;
  join.task = null;
  if (task !== null) wake(run, task);
}

/** At the end of its turn the current task, and what it left ready, go behind all others. */
export function yieldTurn(run: Run): void {
  if (run.node !== IDLE) run.queue.push(new Task(run.node, run.frame, run.kont, run.scope));
  run.node = IDLE;
  for (let task = run.stack.pop(); task !== undefined; task = run.stack.pop()) run.queue.push(task);
}
