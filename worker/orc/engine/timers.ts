// Real time: milliseconds since the run began, as the outside tells them.
import { BOUNDS, Overrun } from "../values/bounds.ts";
import { SIGNAL } from "../values/kinds.ts";
import { heapPop, heapPush } from "./heap.ts";
import { type Task, Waiting } from "./records.ts";
import { answer, type Run } from "./run.ts";

const earlier = (a: Waiting, b: Waiting): boolean =>
  (a.at as number) < (b.at as number) || (a.at === b.at && a.turn < b.turn);

/** The task gets a signal in so many milliseconds. */
export function addTimer(run: Run, task: Task, milliseconds: number): void {
  if (run.timers.length >= run.timersSweepAt) sweep(run);
  heapPush(
    run.timers,
    new Waiting(Math.min(run.now + milliseconds, Number.MAX_SAFE_INTEGER), run.turn++, task),
    earlier,
  );
  if (run.timers.length > BOUNDS.liveTasks) run.overrun(new Overrun("too-many-tasks", "Too many timers"));
}

/** Takes timers of killed tasks out, so that they cannot outnumber the others for long. */
function sweep(run: Run): void {
  run.timers = run.timers.filter((timer) => !timer.task.scope.dead);
  run.timers.sort((a, b) => (earlier(a, b) ? -1 : 1));
  run.timersSweepAt = 2 * run.timers.length + 64;
}

/** @returns when the next timer is due, undefined if there is none */
export function nextTimer(run: Run): number | undefined {
  while (run.timers[0]?.task.scope.dead === true) heapPop(run.timers, earlier);
  return run.timers[0]?.at as number | undefined;
}

/** It is `time` now (never earlier than before): what is due becomes ready, in the order it was due. */
export function advance(run: Run, time: number): void {
  if (time > run.now) run.now = time;
  for (let at = nextTimer(run); at !== undefined && at <= run.now; at = nextTimer(run)) {
    const timer = heapPop(run.timers, earlier);
    if (timer !== undefined) answer(run, timer.task, SIGNAL);
  }
}
