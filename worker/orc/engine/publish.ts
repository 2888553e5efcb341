// Where a publication goes: to the right side of a `>>` inside the scope, else out of the scope.
import { Exit, Overrun } from "../values/bounds.ts";
import { Failure } from "../values/failure.ts";
import type { Value } from "../values/kinds.ts";
import type { Op } from "./image.ts";
import {
  BINDING,
  type Frame,
  DONE,
  IDLE,
  type Kont,
  OTHERWISE,
  ROOT,
  type Scope,
  SITE,
  WAITS,
  ZONE,
} from "./records.ts";
import { newFrame, type Run, unbusy } from "./run.ts";
import { answerPending, bindSlots, haltCurrent, halted, kill } from "./scopes.ts";

/** What a call came to: its value is published, or the current task ends. */
export function finish(run: Run, out: Value | Exit): void {
  if (!(out instanceof Exit)) return publish(run, out);
  if (out === WAITS || out === DONE) return;
  if (out instanceof Failure) run.report(out);
  if (out instanceof Overrun) run.overrun(out);
  haltCurrent(run);
}

/** The current task publishes and goes on as what the publication starts. */
export function publish(run: Run, value: Value): void {
  while (run.kont === null) {
    if (run.scope.kind !== OTHERWISE && run.scope.kind !== ZONE) return deliverTo(run, run.scope, value);
    leaveOwn(run, run.scope);
  }
  const { node, frame, next } = run.kont;
  follow(run, run.ops[node] as Op, frame, next, value);
}

/** Starts the right side of a `>x>`, in a frame of its own if the node says so. */
export function follow(run: Run, op: Op, above: Frame, kont: Kont | null, value: Value): void {
  let frame = above;
  if (op.frame > 0) frame = newFrame(op.frame, frame);
  if (op.slot > 0) frame[op.slot] = value;
  run.frame = frame;
  run.kont = kont;
  run.node = op.other;
}

/** The current task leaves the scope of a `;` or a clock zone through its publication. */
function leaveOwn(run: Run, scope: Scope): void {
  const parent = scope.parent as Scope;
  scope.published = true;
  parent.live++;
  run.scope = parent;
  run.kont = scope.kont;
  if (parent.zone !== scope.zone) {
    if (parent.zone !== null) parent.zone.busy++;
    unbusy(run, scope.zone);
  }
  if (--scope.live === 0) halted(run, scope);
}

function deliverTo(run: Run, scope: Scope, value: Value): void {
  switch (scope.kind) {
    case BINDING:
      return bindAndKill(run, scope, value);
    case ROOT:
      run.outputs.push({ type: "publication", value });
      break;
    case SITE:
      if (scope.caller !== null) answerPending(run, scope.caller, value);
      else if (!scope.published && scope.index < 0) run.probe = value;
      scope.caller = null;
      scope.published = true;
  }
  haltCurrent(run);
}

function bindAndKill(run: Run, scope: Scope, value: Value): void {
  const slots = run.ops[scope.node]?.bindings[scope.index]?.slots ?? [];
  run.node = IDLE;
  bindSlots(run, scope.frame as Frame, slots, value);
  unbusy(run, scope.zone);
  kill(run, scope);
}
