// Real and virtual time (orc.md §6).
import { HALTED, LATER, type Task, WAITS } from "../engine/records.ts";
import type { Run } from "../engine/run.ts";
import type { HostSite, Outcome } from "../engine/site.ts";
import { addTimer } from "../engine/timers.ts";
import { awaitTime } from "../engine/zones.ts";
import { argumentType, Failure } from "../values/failure.ts";
import { isInteger, kindOf, Method, Rec, SIGNAL, Thing, type Value } from "../values/kinds.ts";
import { method, type Methods, site0, site1, site2, wholeNumber } from "./define.ts";

/** A clock that began to run at `start` milliseconds of the run. */
export class Clock extends Thing {
  readonly kind = "Rclock";
  readonly start: number;
  constructor(start: number) {
    super();
    this.start = start;
  }
}

/** Rwait: a signal after so many milliseconds; 0 at once; a negative number halts; anything else is a type error. */
function wait(run: Run, value: Value, task: Task | null): Outcome {
  const milliseconds = wholeNumber(value, 0);
  if (milliseconds instanceof Failure) return milliseconds;
  if (milliseconds <= 0) return milliseconds === 0 ? SIGNAL : HALTED;
  if (task === null) return LATER;
  addTimer(run, task, milliseconds);
  return WAITS;
}

export const CLOCK: Methods = {
  time: method(0, (run, self: Clock) => run.now - self.start),
  wait: method(1, (run, _self: Clock, [value], task) => wait(run, value as Value, task)),
};

/** The record of a new clock's two members. */
function makeClock(run: Run): Rec {
  const clock = new Clock(run.now);
  return new Rec(["time", "wait"], [new Method(clock, "time"), new Method(clock, "wait")]);
}

function integerOrder(a: Value, b: Value): Outcome {
  if (!isInteger(a)) return argumentType(0, "Integer", kindOf(a));
  if (!isInteger(b)) return argumentType(1, "Integer", kindOf(b));
  return a < b ? -1 : a > b ? 1 : 0;
}

const timeOf = (run: Run): Outcome => {
  const now = run.scope.zone?.now;
  return now === undefined ? HALTED : now;
};

export const TIME: readonly HostSite[] = [
  site1("orc.lib.time.Rwait", wait),
  site0("orc.lib.time.Rtime", (run) => run.now),
  site0("orc.lib.time.Rclock", makeClock),
  site1("orc.lib.time.Vawait", (run, time, task) => awaitTime(run, time, task)),
  site0("orc.lib.time.Vtime", timeOf),
  site2("orc.lib.time.IntegerTimeOrder", (_, a, b) => integerOrder(a, b)),
];
