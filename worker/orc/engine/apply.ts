// Calls whose target is known only when they run: by what the target is (orc.md §5).
import type { Definition } from "../core/program.ts";
import { Exit } from "../values/bounds.ts";
import { argumentType, arityMismatch, type Failure, noSuchMember, tupleIndex, uncallable } from "../values/failure.ts";
import {
  Closure,
  Ctor,
  Data,
  Field,
  fieldOf,
  kindOf,
  Method,
  Port,
  Rec,
  SIGNAL,
  Site,
  Tuple,
  type Value,
  Wrapped,
} from "../values/kinds.ts";
import { format } from "../values/text.ts";
import { type Arg, CODE, MODE, type Op } from "./image.ts";
import { above, awaited, passed, readyAll } from "./operands.ts";
import { finish } from "./publish.ts";
import { Call, DONE, type Frame, Future, HALTED, IDLE, LATER, Scope, SITE, STOPPED, Task } from "./records.ts";
import { block, newFrame, pushTask, type Run, suspend } from "./run.ts";
import { enterScope, haltCurrent } from "./scopes.ts";
import type { Outcome } from "./site.ts";

/** A call of a constant function with the right number of arguments. */
export function enterConstant(run: Run, op: Op): void {
  const callee = op.callee as Definition;
  enter(run, callee, null, op.args);
}

/** The body runs at once, with the arguments as they stand; continuation and scope are the caller's. */
function enter(run: Run, callee: Definition, environment: Frame | null, args: readonly Arg[]): void {
  const frame = newFrame(callee.frame, environment);
  for (let index = 0; index < args.length; index++) frame[index + 1] = passed(args[index] as Arg, run.frame);
  run.frame = frame;
  run.node = callee.body;
}

export function callNode(run: Run, op: Op): void {
  if (op.target.mode === MODE.sibling) {
    const callee = run.image.definitions[op.target.definition] as Definition;
    if (callee.convention === "function" && callee.arity === op.args.length)
      return enter(run, callee, above(run.frame, op.target.depth), op.args);
  }
  const target = passed(op.target, run.frame);
  if (target instanceof Future) {
    if (target.state === STOPPED) haltCurrent(run);
    else block(run, [target]);
    return;
  }
  callValue(run, op, target);
}

function callValue(run: Run, op: Op, target: Value): void {
  const callee = target instanceof Closure ? run.image.definitions[target.code] : undefined;
  if (callee?.convention === "function" && target instanceof Closure && op.code !== CODE.field) {
    if (callee.arity !== op.args.length) return finish(run, arityMismatch(callee.arity, op.args.length));
    return enter(run, callee, target.environment as Frame | null, op.args);
  }
  const args = op.code === CODE.field ? [op.field] : readyAll(op.args, run.frame);
  if (args === LATER) block(run, awaited(op.args, run.frame));
  else if (args instanceof Exit) haltCurrent(run);
  else applyStrict(run, target, args);
}

/** `target.name(args)` where the host has no such method: of a port, a record, a function. */
export function externalMethod(run: Run, op: Op, target: Value): void {
  if (target instanceof Closure) {
    run.node = op.next;
    return;
  }
  const member = run.image.library.member(run, target, op.name);
  if (member instanceof Exit) finish(run, member);
  else callValue(run, op, member);
}

/** Calls a value with bound arguments and does with the current task what the call comes to. */
export function applyStrict(run: Run, target: Value, args: readonly Value[]): void {
  const out = apply(run, target, args, null);
  if (out === DONE) return;
  if (out === LATER) apply(run, target, args, suspend(run));
  else finish(run, out);
}

function apply(run: Run, target: Value, args: readonly Value[], task: Task | null): Outcome {
  if (target instanceof Site) return run.image.library.site(target.name)?.call(run, args, task) ?? notCallable(target);
  if (target instanceof Closure) return applyClosure(run, target, args);
  if (target instanceof Wrapped) return detach(run, target.closure, args);
  const [first] = args;
  if (args.length === 1 && first instanceof Field) return run.image.library.member(run, target, first.name);
  if (target instanceof Port) return callOutside(run, target.name, args);
  if (target instanceof Method) return applyMethod(run, target, args, task);
  if (target instanceof Ctor) return construct(target, args);
  if (target instanceof Tuple) return element(target, args);
  if (target instanceof Rec) return applyRecord(run, target, args);
  return run.image.library.method(target, "()")?.(run, target, args, task) ?? notCallable(target);
}

const notCallable = (target: Value): Failure => {
  const text = format(target);
  return uncallable(typeof text === "string" ? text : "…");
};

function applyClosure(run: Run, target: Closure, args: readonly Value[]): Outcome {
  const callee = run.image.definitions[target.code] as Definition;
  if (callee.convention === "site") return detach(run, target, args);
  if (callee.arity !== args.length) return arityMismatch(callee.arity, args.length);
  run.frame = activation(callee, target, args);
  run.node = callee.body;
  return DONE;
}

/** @returns the frame of a call with values */
export function activation(callee: Definition, target: Closure, args: readonly Value[]): Frame {
  const frame = newFrame(callee.frame, target.environment as Frame | null);
  args.forEach((value, index) => (frame[index + 1] = value));
  return frame;
}

/** MakeSite and `def class` (§10): the body runs in the program's scope; its first publication answers the caller. */
function detach(run: Run, target: Closure, args: readonly Value[]): Outcome {
  const callee = run.image.definitions[target.code] as Definition;
  if (callee.arity !== args.length) return arityMismatch(callee.arity, args.length);
  const task = outgoing(run);
  const own = new Scope(SITE, run.root, -1, null, null);
  own.caller = task;
  enterScope(own);
  pushTask(run, callee.body, activation(callee, target, args), null, own);
  return DONE;
}

/** The current task begins to wait for an answer from outside its zone: it stays busy. */
function outgoing(run: Run): Task {
  const task = new Task(run.node, run.frame, run.kont, run.scope);
  run.node = IDLE;
  run.scope.pending++;
  return task;
}

/** A call that somebody outside the run has to answer. */
export function callOutside(run: Run, site: string, args: readonly Value[]): Outcome {
  const node = run.node;
  const task = outgoing(run);
  const call = new Call(run.nextCall++, site, args, task, node);
  run.calls.set(call.id, call);
  (task.scope.calls ??= new Set()).add(call.id);
  run.started.push(call);
  return DONE;
}

function applyMethod(run: Run, target: Method, args: readonly Value[], task: Task | null): Outcome {
  const self = target.target;
  if (self instanceof Port) return callOutside(run, `${self.name}.${target.name}`, args);
  if (self instanceof Ctor) return target.name === "unapply" ? deconstruct(self, args) : construct(self, args);
  const method = run.image.library.method(self, target.name);
  if (method !== undefined) return method(run, self, args, task);
  const text = format(self);
  return noSuchMember(typeof text === "string" ? text : "…", target.name);
}

function construct(ctor: Ctor, args: readonly Value[]): Outcome {
  return args.length === ctor.arity ? new Data(ctor, args) : arityMismatch(ctor.arity, args.length);
}

/** signal, the part, or the tuple of the parts; a foreign value halts. */
function deconstruct(ctor: Ctor, args: readonly Value[]): Outcome {
  const [value] = args;
  if (args.length !== 1) return arityMismatch(1, args.length);
  if (!(value instanceof Data) || value.ctor.id !== ctor.id) return HALTED;
  return unpacked(value.parts);
}

function unpacked(parts: readonly Value[]): Value {
  if (parts.length === 0) return SIGNAL;
  return parts.length === 1 ? (parts[0] as Value) : new Tuple(parts);
}

function element(target: Tuple, args: readonly Value[]): Outcome {
  const [index] = args;
  if (args.length !== 1) return arityMismatch(1, args.length);
  if (typeof index !== "number" && typeof index !== "bigint") return argumentType(0, "Integer", kindOf(index as Value));
  const item = typeof index === "number" ? target.items[index] : undefined;
  return item === undefined ? tupleIndex(String(index)) : item;
}

function applyRecord(run: Run, target: Rec, args: readonly Value[]): Outcome {
  let member: Value | undefined = target;
  while (member instanceof Rec) member = fieldOf(member, "apply");
  if (member === undefined) return notCallable(target);
  applyStrict(run, member, args);
  return DONE;
}
