// The machine: takes a ready task and runs it node by node until it halts, waits or its turn is over. One function per kind of
// node; the meaning of each is the contract of core/program.ts.
import type { NodeId } from "../core/program.ts";
import { Exit, Overrun } from "../values/bounds.ts";
import { argumentType } from "../values/failure.ts";
import { Closure, kindOf, type Value } from "../values/kinds.ts";
import { attempt, bindOutcome, callMethod, callSite, construct, getField } from "./attempt.ts";
import { callNode, enterConstant, externalMethod } from "./apply.ts";
import { CODE, type Op } from "./image.ts";
import { matchAll } from "./match.ts";
import { countLive } from "./memory.ts";
import { awaited, passed, ready, readyAll } from "./operands.ts";
import {
  BINDING,
  type Frame,
  Future,
  HALTED,
  IDLE,
  Kont,
  LATER,
  OTHERWISE,
  PUBLISH,
  Scope,
  Task,
  UNBOUND,
  ZONE,
  Zone,
} from "./records.ts";
import { block, countTask, pushTask, type Run, suspend, unbusy, yieldTurn } from "./run.ts";
import { enterScope, haltCurrent } from "./scopes.ts";
import { finish, follow, publish } from "./publish.ts";
import { settleZones } from "./zones.ts";

/**
 * Steps that one task, with what it starts, may take before the others get their turn. It decides the order of what is free, so it
 * belongs to the meaning of a recorded run.
 */
const TURN = 1_000;
/** Bytes that a step makes, apart from tasks, scopes and long values: part of a frame, a small result. */
const STEP_BYTES = 24;
/** Outputs that may wait to be fetched: a run does not go on producing for a reader that is slow. */
const OUTPUTS = 1_000;
const OUTPUT_BYTES = 4 * 2 ** 20;

/**
 * Runs whole turns until `budget` steps are taken: how a run is cut into calls of this function changes nothing in it.
 * @param length steps of a turn
 * @returns whether something is still ready to run
 */
export function step(run: Run, budget: number, length: number = TURN): boolean {
  const stop = run.steps + budget;
  while (run.end === null && run.outputs.length < OUTPUTS && run.unread < OUTPUT_BYTES) {
    if (run.steps >= stop || !oneTurn(run, length)) break;
  }
  return run.end === null && !isIdle(run);
}

/** One turn. A run that has nothing to do takes none, so that looking at it leaves no trace. @returns whether to go on */
function oneTurn(run: Run, length: number): boolean {
  if (isIdle(run) || !mayGoOn(run)) return false;
  run.turns++;
  run.bytes += length * STEP_BYTES;
  if (!turn(run, Math.min(run.steps + length, run.maxSteps))) return false;
  yieldTurn(run);
  return true;
}

/**
 * Runs on until so many turns were taken in all, or the outputs pile up.
 * @returns false when the run ended or fell idle before: it is another run than the one that was recorded
 */
export function stepTo(run: Run, turns: number): boolean {
  while (run.turns < turns && run.outputs.length < OUTPUTS && run.unread < OUTPUT_BYTES) {
    if (!oneTurn(run, TURN) && run.turns < turns) return false;
  }
  return true;
}

/** Looks after the bounds between turns. */
function mayGoOn(run: Run): boolean {
  if (run.steps >= run.maxSteps) run.overrun(new Overrun("out-of-fuel", `More than ${run.maxSteps} steps`));
  else if (run.bytes > run.countAt) countLive(run);
  return run.end === null;
}

/** Zones that became quiet are work too: their time has to go on. */
const isIdle = (run: Run): boolean =>
  run.node === IDLE && run.stack.length === 0 && run.queue.size === 0 && run.quiet.length === 0;

/** @returns false when nothing was ready any more */
function turn(run: Run, end: number): boolean {
  do {
    if (run.node === IDLE && !next(run)) return false;
    while (run.node !== IDLE) {
      if (++run.steps > end) return true;
      execute(run, run.ops[run.node] as Op);
    }
  } while (run.end === null && run.steps <= end);
  return true;
}

/** Puts the next ready task on the machine. */
function next(run: Run): boolean {
  for (;;) {
    const task = run.stack.pop() ?? run.queue.shift();
    if (task === undefined) {
      if (run.quiet.length === 0) return false;
      settleZones(run);
    } else if (task.scope.dead) unbusy(run, task.scope.zone);
    else {
      run.frame = task.frame;
      run.kont = task.kont;
      run.scope = task.scope;
      run.node = task.node;
      if (task.node === PUBLISH) publish(run, task.value);
      return true;
    }
  }
}

function execute(run: Run, op: Op): void {
  switch (op.code) {
    case CODE.site:
      return site(run, op);
    case CODE.atom:
      return strict(run, op, ready(op.target, run.frame));
    case CODE.function:
      return enterConstant(run, op);
    case CODE.branch:
      return branch(run, op);
    case CODE.sequential:
      return sequential(run, op);
    case CODE.prune:
      return prune(run, op);
    case CODE.parallel:
      return parallel(run, op.branches);
    case CODE.call:
      return callNode(run, op);
    case CODE.field:
      return field(run, op);
    case CODE.method:
      return method(run, op);
    case CODE.match:
      return match(run, op);
    case CODE.tuple:
    case CODE.list:
    case CODE.record:
      return strict(run, op, construct(run, op, run.frame));
    case CODE.otherwise:
      return otherwise(run, op);
    case CODE.guard:
      return guard(run, op);
    case CODE.define:
      return define(run, op);
    case CODE.clock:
      return clock(run, op);
    default:
      return haltCurrent(run);
  }
}

/** What was computed of operands: LATER means that they are waited for. */
function strict(run: Run, op: Op, out: Value | Exit): void {
  if (out === LATER) block(run, awaited(op.args.length === 0 ? [op.target] : op.args, run.frame));
  else finish(run, out);
}

function site(run: Run, op: Op): void {
  const out = callSite(run, op, run.frame);
  if (out !== LATER) return finish(run, out);
  const futures = awaited(op.args, run.frame);
  if (futures.length > 0) return block(run, futures);
  const args = readyAll(op.args, run.frame);
  if (args instanceof Exit || op.site === null) return haltCurrent(run);
  waitFor(run, (task) => op.site?.call(run, args, task) ?? HALTED);
}

/** The site wants a task that can wait. */
function waitFor(run: Run, call: (task: Task) => Value | Exit): void {
  call(suspend(run));
}

function field(run: Run, op: Op): void {
  const out = getField(run, op, run.frame);
  if (out !== LATER) return finish(run, out);
  const futures = awaited([op.target], run.frame);
  const target = passed(op.target, run.frame);
  if (target instanceof Closure) callNode(run, op);
  else block(run, futures);
}

function method(run: Run, op: Op): void {
  const target = ready(op.target, run.frame);
  if (target instanceof Exit) {
    run.node = op.next;
    return;
  }
  const host = run.image.library.method(target, op.name);
  if (host === undefined) return externalMethod(run, op, target);
  const out = callMethod(run, op, run.frame);
  if (out !== LATER) return finish(run, out);
  const futures = awaited(op.args, run.frame);
  if (futures.length > 0) return block(run, futures);
  const args = readyAll(op.args, run.frame);
  if (args instanceof Exit) return haltCurrent(run);
  waitFor(run, (task) => host(run, target, args, task));
}

function parallel(run: Run, branches: readonly NodeId[]): void {
  for (let index = branches.length - 1; index > 0; index--) {
    pushTask(run, branches[index] as NodeId, run.frame, run.kont, run.scope);
  }
  run.node = branches[0] as NodeId;
}

function sequential(run: Run, op: Op): void {
  const left = run.ops[op.next] as Op;
  const out = left.quick ? attempt(run, left, run.frame) : LATER;
  if (out === LATER) {
    run.kont = new Kont(op.id, run.frame, run.kont);
    run.node = op.next;
  } else if (out instanceof Exit) finish(run, out);
  else follow(run, op, run.frame, run.kont, out);
}

/**
 * Binds at once what it can; the other bindings become tasks in scopes of their own. The first of these runs next, the others and
 * the body after it: so what is written first runs first, and a body often finds its values bound.
 */
function prune(run: Run, op: Op): void {
  const { frame, scope } = run;
  let waiting: number[] | null = null;
  for (let index = 0; index < op.bindings.length; index++) {
    const binding = op.bindings[index] as Op["bindings"][number];
    const slot = binding.slots[0];
    if (slot !== undefined && frame[slot] !== undefined) continue;
    const out = binding.quick ? attempt(run, run.ops[binding.node] as Op, frame) : LATER;
    if (out === LATER) {
      for (const each of binding.slots) frame[each] = new Future(UNBOUND);
      (waiting ??= []).push(index);
    } else if (!bindOutcome(run, frame, binding.slots, out)) return finish(run, out);
  }
  run.node = op.next;
  if (waiting !== null) startBindings(run, op, waiting, frame, scope);
}

function startBindings(run: Run, op: Op, waiting: readonly number[], frame: Frame, scope: Scope): void {
  run.stack.push(new Task(op.next, frame, run.kont, scope));
  for (let at = waiting.length - 1; at >= 0; at--) {
    const index = waiting[at] as number;
    const own = new Scope(BINDING, scope, op.id, frame, null);
    own.index = index;
    run.bytes += 110;
    enterScope(own);
    const { node } = op.bindings[index] as Op["bindings"][number];
    if (at > 0) pushTask(run, node, frame, null, own);
    else startHere(run, node, own);
  }
}

/** A new task in `scope` takes the place of the current one, which is kept elsewhere. */
function startHere(run: Run, node: NodeId, scope: Scope): void {
  countTask(run, scope);
  run.node = node;
  run.kont = null;
  run.scope = scope;
}

/** The current task goes on inside a new scope. */
function enterOwn(run: Run, own: Scope): void {
  own.live = 1;
  run.scope.live--;
  enterScope(own);
  run.scope = own;
  run.kont = null;
}

function otherwise(run: Run, op: Op): void {
  enterOwn(run, new Scope(OTHERWISE, run.scope, op.id, run.frame, run.kont));
  run.node = op.branches[0] as NodeId;
}

function branch(run: Run, op: Op): void {
  const condition = ready(op.target, run.frame);
  if (condition === true) run.node = op.next;
  else if (condition === false) run.node = op.other;
  else if (condition instanceof Exit) strict(run, op, condition);
  else {
    const failure = argumentType(0, "Boolean", kindOf(condition));
    run.report(failure);
    run.report(failure);
    haltCurrent(run);
  }
}

function guard(run: Run, op: Op): void {
  const condition = ready(op.target, run.frame);
  if (condition === LATER) return strict(run, op, condition);
  if (!(condition instanceof Exit) && typeof condition !== "boolean") {
    run.report(argumentType(0, "Boolean", kindOf(condition)));
  }
  run.node = condition === true ? op.next : op.other;
}

function match(run: Run, op: Op): void {
  const values = readyAll(op.args, run.frame);
  if (values === LATER) return block(run, awaited(op.args, run.frame));
  const matched = values instanceof Exit ? false : matchAll(run, op.patterns, values);
  if (matched instanceof Exit) finish(run, matched);
  else run.node = matched ? op.next : op.other;
}

function define(run: Run, op: Op): void {
  const { frame } = run;
  for (const group of op.groups) {
    const environment: Frame = [null];
    for (const capture of group.captures) environment.push(passed(capture, frame));
    for (const member of group.members) frame[member.slot] = new Closure(member.definition, environment);
  }
  run.node = op.next;
}

function clock(run: Run, op: Op): void {
  const order = ready(op.target, run.frame);
  if (order instanceof Exit) return strict(run, op, order);
  const above = run.scope.zone;
  const own = new Scope(ZONE, run.scope, op.id, run.frame, run.kont);
  own.zone = new Zone(own, above, order);
  own.zone.busy = 1;
  enterOwn(run, own);
  run.node = op.next;
}
