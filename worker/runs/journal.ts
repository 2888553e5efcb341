// The journal of a durable run: what came from outside, each after how many turns of the engine. A program, its seed and its
// journal are the whole run; whoever repeats them gets the same publications in the same order. No I/O.
import { advance, type Answer, cancel, deliver, type Run, stepTo } from "../orc/engine/index.ts";
import { readAnswer } from "./answers.ts";

/**
 * The releases of the engine whose journals this one repeats, the last its own: test/runs/golden holds journals of each. It
 * rises when a change of the language or of the prelude makes some recorded run another one.
 */
export const ENGINES = ["2.1.0"] as const;
export const ENGINE = "2.1.0";

/** Why a run was ended from outside. */
export interface Stop {
  readonly state: "cancelled" | "timeout" | "failed";
  readonly code?: string;
  readonly text?: string;
}

/** One entry: the time moved on, and perhaps a call was answered, or the run was ended. */
export interface Event {
  /** Run.turns when it came. */
  readonly turns: number;
  /** Milliseconds since the run began. */
  readonly at: number;
  readonly what:
    | { readonly type: "time" }
    /** @see writeAnswer */
    | { readonly type: "answer"; readonly call: number; readonly answer: string }
    | { readonly type: "stop"; readonly stop: Stop };
}

/** Lets an event take effect. @returns false when the call it answers is not in flight: nothing happened but the time */
export function take(run: Run, { at, what }: Event): boolean {
  advance(run, at);
  if (what.type === "stop") cancel(run);
  if (what.type !== "answer") return true;
  const answer: Answer = readAnswer(what.answer);
  return deliver(run, what.call, answer);
}

/**
 * Repeats a run up to an event, and the event.
 * @param said takes what it says meanwhile
 * @returns false when the run does not get there: it is another one
 */
export function repeat(run: Run, event: Event, said: () => void): boolean {
  while (run.turns < event.turns) {
    const there = stepTo(run, event.turns);
    said();
    if (!there) return false;
  }
  return take(run, event);
}
