// The synchronous core of a run, for a driver that logs every answer before it takes effect:
//   createRun → { step, takeOutputs, takeStarted, takeCancelled, nextTimer → advance, deliver } … until run.end is set.
// Nothing happens between these calls. How many steps each call of `step` is given changes nothing: a run is the same if the same
// answers and times come after the same number of turns (run.turns), which is what a journal has to write down.
import type { Program } from "../core/program.ts";
import { LIBRARY, THINGS } from "../sites/table.ts";
import { Overrun } from "../values/bounds.ts";
import type { Value } from "../values/kinds.ts";
import { type Image, makeImage } from "./image.ts";
import { bytesOf } from "./memory.ts";
import { step as stepMachine, stepTo as stepMachineTo } from "./machine.ts";
import { probe } from "./probe.ts";
import type { Call } from "./records.ts";
import { type End, type Output, Run, yieldTurn } from "./run.ts";
import { answerPending, haltPending } from "./scopes.ts";
import { readSnapshot, type Snapshot, writeSnapshot } from "./snapshot.ts";
import { nextTimer } from "./timers.ts";

export type { Image } from "./image.ts";
export type { Call } from "./records.ts";
export type { End, Output, Run } from "./run.ts";
export type { Snapshot } from "./snapshot.ts";
export { advance, nextTimer } from "./timers.ts";

/** What evaluation costs, in the fuel of worker/fuel: a step is about 100 ns, a unit of fuel about 1 ns. */
export const FUEL = { step: 100 } as const;

export interface RunSettings {
  /** Of the random numbers: 32 bits. */
  readonly seed?: number;
  /** Fuel at most; without it a run has no ceiling. */
  readonly fuel?: number;
}

/** How a call outside went. `error` is reported, then the call halts. */
export type Answer =
  | { readonly type: "value"; readonly value: Value }
  | { readonly type: "halt" }
  | { readonly type: "error"; readonly kind: string; readonly text: string };

const images = new WeakMap<Program, Image | Overrun>();

/** @returns the program ready to run; the same for the same Program */
export function imageOf(program: Program): Image | Overrun {
  const known = images.get(program);
  if (known !== undefined) return known;
  const made = makeImage(program, LIBRARY, probe);
  images.set(program, made);
  return made;
}

/** @returns a run at its beginning, or the end of one that cannot begin (a literal is out of bounds) */
export function createRun(program: Program, settings: RunSettings = {}): Run | End {
  const image = imageOf(program);
  if (image instanceof Overrun) return { state: "overrun", code: image.code, text: image.text };
  const maxSteps = settings.fuel === undefined ? Number.POSITIVE_INFINITY : settings.fuel / FUEL.step;
  return new Run(image, program, { seed: (settings.seed ?? 1) >>> 0, maxSteps });
}

/** @returns the run as JSON data, to be restored with the same program. Calls in flight stay in flight under their ids */
export const snapshot = (run: Run): Snapshot => writeSnapshot(run, THINGS);

/** @returns the run that was written down: it goes on as the other would have */
export function restore(program: Program, data: Snapshot): Run | End {
  const image = imageOf(program);
  if (image instanceof Overrun) return { state: "overrun", code: image.code, text: image.text };
  return readSnapshot(image, program, data, THINGS);
}

/** @returns the fuel used so far */
export const fuelOf = (run: Run): number => run.steps * FUEL.step;

/**
 * Runs about `budget` steps (whole turns of 1,000, or of `turn`), less if outputs pile up. Sets run.end when the run has ended, also when it can never go on:
 * nothing is ready, no timer runs and no call is in flight.
 * @returns whether there is more to do at once
 */
export function step(run: Run, budget: number, turn?: number): boolean {
  const more = stepMachine(run, budget, turn);
  if (!more && run.end === null && run.calls.size === 0 && nextTimer(run) === undefined) run.end = { state: "blocked" };
  if (run.end !== null) giveUpCalls(run);
  return more;
}

/**
 * Repeats a run that was recorded until it has taken so many turns, or its outputs want to be taken first.
 * @returns false if it does not get there: it is another run
 */
export function stepTo(run: Run, turns: number): boolean {
  const there = stepMachineTo(run, turns);
  if (run.end !== null) giveUpCalls(run);
  return there;
}

/** The answer to a call in flight. @returns false if there is no such call (it was answered, or killed): nothing happens then */
export function deliver(run: Run, id: number, answer: Answer): boolean {
  const call = run.calls.get(id);
  if (call === undefined) return false;
  run.calls.delete(id);
  call.task.scope.calls?.delete(id);
  if (answer.type === "error") run.outputs.push({ ...errorOf(answer), node: call.node });
  if (answer.type === "value") run.made(bytesOf(answer.value));
  if (answer.type === "value") answerPending(run, call.task, answer.value);
  else haltPending(run, call.task);
  // What an answer makes ready comes after what was ready before.
  yieldTurn(run);
  return true;
}

const errorOf = ({ kind, text }: { kind: string; text: string }) => ({ type: "error" as const, kind, text });

/** Ends the run from outside. */
export function cancel(run: Run): void {
  run.end ??= { state: "cancelled" };
  giveUpCalls(run);
}

function giveUpCalls(run: Run): void {
  for (const id of run.calls.keys()) run.cancelled.push(id);
  run.calls.clear();
}

/** @returns what was said since the last time, in order */
export function takeOutputs(run: Run): readonly Output[] {
  const outputs = run.outputs;
  if (outputs.length > 0) run.outputs = [];
  run.unread = 0;
  return outputs;
}

/** @returns the calls to start that were made since the last time */
export function takeStarted(run: Run): readonly Call[] {
  const started = run.started;
  if (started.length > 0) run.started = [];
  return started;
}

/** @returns ids of started calls whose answer nobody wants any more */
export function takeCancelled(run: Run): readonly number[] {
  const cancelled = run.cancelled;
  if (cancelled.length > 0) run.cancelled = [];
  return cancelled;
}
