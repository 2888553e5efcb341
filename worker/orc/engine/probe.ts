// Calls a function of the program to its first publication while everything else stands still: the order of a clock zone.
import type { Closure, Value } from "../values/kinds.ts";
import { activation } from "./apply.ts";
import { Deque } from "./deque.ts";
import { step } from "./machine.ts";
import { IDLE, Scope, SITE, type Task } from "./records.ts";
import { pushTask, type Run } from "./run.ts";
import { enterScope, kill } from "./scopes.ts";

/** Steps that one comparison may take. */
const PROBE_STEPS = 10_000;

/** @returns what it published; undefined if it did not, waited, or took too long: it is killed then */
export function probe(run: Run, target: Closure, args: readonly Value[]): Value | undefined {
  const callee = run.image.definitions[target.code];
  if (callee === undefined || callee.arity !== args.length) return undefined;
  const { node, frame, kont, scope, stack, queue, quiet } = run;
  run.stack = [];
  run.queue = new Deque<Task>();
  run.quiet = [];
  run.node = IDLE;
  run.probe = undefined;
  const own = new Scope(SITE, run.root, -1, null, null);
  own.index = -1;
  enterScope(own);
  pushTask(run, callee.body, activation(callee, target, args), null, own);
  step(run, PROBE_STEPS);
  if (!own.dead) kill(run, own);
  const woken = [...run.stack, ...run.queue.toArray()];
  quiet.push(...run.quiet);
  Object.assign(run, { node, frame, kont, scope, stack, queue, quiet });
  for (const task of woken) run.queue.push(task);
  return run.probe;
}
