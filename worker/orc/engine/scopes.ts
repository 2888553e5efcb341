// How scopes end: by halting, when nothing lives in them, or by being killed (orc.md §4). Every count goes down exactly once.
import {
  BINDING,
  BOUND,
  type Frame,
  Future,
  NOTHING,
  OTHERWISE,
  PUBLISH,
  ROOT,
  type Scope,
  STOPPED,
  type Task,
  ZONE,
} from "./records.ts";
import { pushTask, type Run, settle, unbusy } from "./run.ts";
import { type Value, Tuple } from "../values/kinds.ts";

/** Makes `child` a live member of its parent. */
export function enterScope(child: Scope): void {
  const parent = child.parent as Scope;
  parent.live++;
  parent.children++;
  child.after = parent.first;
  if (parent.first !== null) parent.first.before = child;
  parent.first = child;
}

/** The scope is a member no more. The caller looks whether the parent has halted. */
function leaveScope(child: Scope): void {
  const parent = child.parent as Scope;
  parent.live--;
  parent.children--;
  if (child.before === null) parent.first = child.after;
  else child.before.after = child.after;
  if (child.after !== null) child.after.before = child.before;
  child.before = null;
  child.after = null;
}

/** The current task has run out. */
export function haltCurrent(run: Run): void {
  const scope = run.scope;
  run.node = -1;
  unbusy(run, scope.zone);
  endTask(run, scope);
}

/** A task of the scope is no more (its zone was told, if it was busy). */
export function endTask(run: Run, scope: Scope): void {
  run.tasks--;
  if (--scope.live === 0) halted(run, scope);
}

/** A task that waits without being busy halts. */
export function haltWaiting(run: Run, task: Task): void {
  if (!task.scope.dead) endTask(run, task.scope);
}

/** A task that waits for an answer from outside halts. */
export function haltPending(run: Run, task: Task): void {
  if (task.scope.dead) return;
  task.scope.pending--;
  unbusy(run, task.scope.zone);
  endTask(run, task.scope);
}

/** A task that waits for an answer from outside gets it. */
export function answerPending(run: Run, task: Task, value: Value): void {
  if (task.scope.dead) return;
  task.scope.pending--;
  task.node = PUBLISH;
  task.value = value;
  run.queue.push(task);
}

/** Nothing lives in the scope any more: does what it is for, and goes on to its ancestors. */
export function halted(run: Run, first: Scope): void {
  for (let scope: Scope | null = first; scope !== null && scope.live === 0; scope = scope.parent) {
    if (scope.kind === ROOT) {
      run.end ??= { state: "halted" };
      return;
    }
    if (scope.kind === OTHERWISE && !scope.published && startNext(run, scope)) return;
    if (scope.kind === BINDING) stopSlots(run, scope);
    if (scope.kind === ZONE) unbusy(run, scope.zone?.above ?? null);
    leaveScope(scope);
    scope.dead = true;
    const caller = scope.caller;
    scope.caller = null;
    if (caller !== null) haltPending(run, caller);
  }
}

/** Starts the next branch of `f ; g`: the last in the parent's scope. @returns whether the scope lives on */
function startNext(run: Run, scope: Scope): boolean {
  const branches = run.ops[scope.node]?.branches ?? [];
  const node = branches[++scope.index] as number;
  if (scope.index < branches.length - 1) {
    pushTask(run, node, scope.frame as Frame, null, scope);
    return true;
  }
  pushTask(run, node, scope.frame as Frame, scope.kont, scope.parent as Scope);
  return false;
}

function stopSlots(run: Run, scope: Scope): void {
  const frame = scope.frame as Frame;
  for (const slot of run.ops[scope.node]?.bindings[scope.index]?.slots ?? []) {
    const future = frame[slot];
    frame[slot] = NOTHING;
    if (future instanceof Future) settle(run, future, STOPPED, null);
  }
}

/** Writes a binding's value to its slots: several slots take a tuple apart. */
export function bindSlots(run: Run, frame: Frame, slots: readonly number[], value: Value): void {
  if (slots.length === 1) return bindSlot(run, frame, slots[0] as number, value);
  if (!(value instanceof Tuple)) return;
  slots.forEach((slot, index) => bindSlot(run, frame, slot, value.items[index] as Value));
}

function bindSlot(run: Run, frame: Frame, slot: number, value: Value): void {
  const future = frame[slot];
  frame[slot] = value;
  if (future instanceof Future) settle(run, future, BOUND, value);
}

/** Kills the scope and all below it, and takes it out of its parent, which may halt then. The current task is nobody's now. */
export function kill(run: Run, scope: Scope): void {
  leaveScope(scope);
  const work: Scope[] = [scope];
  for (let dying = work.pop(); dying !== undefined; dying = work.pop()) {
    killOne(run, dying);
    for (let child = dying.first; child !== null; child = child.after) work.push(child);
  }
  const parent = scope.parent as Scope;
  if (parent.live === 0) halted(run, parent);
}

function killOne(run: Run, scope: Scope): void {
  scope.dead = true;
  run.tasks -= scope.live - scope.children;
  if (scope.kind === ZONE) unbusy(run, scope.zone?.above ?? null);
  else for (; scope.pending > 0; scope.pending--) unbusy(run, scope.zone);
  if (scope.calls !== null) for (const id of scope.calls) cancel(run, id);
}

function cancel(run: Run, id: number): void {
  if (!run.calls.delete(id)) return;
  const unseen = run.started.findIndex((call) => call.id === id);
  if (unseen >= 0) run.started.splice(unseen, 1);
  else run.cancelled.push(id);
}
