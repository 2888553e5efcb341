// Virtual time (orc.md §6): when a zone is quiet, its time goes on to the least that somebody awaits.
import { Exit } from "../values/bounds.ts";
import { argumentType } from "../values/failure.ts";
import { Closure, isInteger, kindOf, Site, type Value } from "../values/kinds.ts";
import { heapPop, heapPush } from "./heap.ts";
import { HALTED, LATER, type Task, Waiting, WAITS, type Zone } from "./records.ts";
import { answer, type Run } from "./run.ts";
import type { Outcome } from "./site.ts";

/** @returns how a stands to b by the zone's order: below 0, 0, above 0; or why it does not */
function compare(run: Run, zone: Zone, a: Value, b: Value): number | Exit {
  const order = zone.order;
  if (order instanceof Closure) return verdict(run.image.probe(run, order, [a, b]));
  const site = order instanceof Site ? run.image.library.site(order.name) : undefined;
  return verdict(site?.call(run, [a, b], null));
}

function verdict(out: Outcome | undefined): number | Exit {
  if (out instanceof Exit) return out;
  if (out === undefined) return HALTED;
  return isInteger(out) ? Number(out) : argumentType(0, "Integer", kindOf(out));
}

const orderOf =
  (run: Run, zone: Zone) =>
  (a: Waiting, b: Waiting): boolean => {
    const out = compare(run, zone, a.at, b.at);
    return typeof out === "number" && (out < 0 || (out === 0 && a.turn < b.turn));
  };

/** Vawait: false if it is that time, halts if it is past, else waits for it. */
export function awaitTime(run: Run, time: Value, task: Task | null): Outcome {
  const zone = (task?.scope ?? run.scope).zone;
  if (zone === null) return HALTED;
  const out = compare(run, zone, time, zone.now ?? time);
  if (out instanceof Exit) return out;
  if (zone.now !== undefined && out <= 0) return out === 0 ? false : HALTED;
  if (task === null) return LATER;
  heapPush(zone.queue, new Waiting(time, run.turn++, task), orderOf(run, zone));
  return WAITS;
}

/** Lets time go on in every zone that is still quiet. */
export function settleZones(run: Run): void {
  for (let zone = run.quiet.pop(); zone !== undefined; zone = run.quiet.pop()) {
    if (zone.busy === 0 && !zone.scope.dead) tick(run, zone);
  }
}

/** The least awaited time is now: one of those who await it gets true, the others false. */
function tick(run: Run, zone: Zone): void {
  const before = orderOf(run, zone);
  let first = heapPop(zone.queue, before);
  while (first !== undefined && !answer(run, first.task, true)) first = heapPop(zone.queue, before);
  if (first === undefined) return;
  zone.now = first.at;
  for (let next = zone.queue[0]; next !== undefined; next = zone.queue[0]) {
    const out = compare(run, zone, next.at, first.at);
    if (out !== 0) return;
    heapPop(zone.queue, before);
    answer(run, next.task, false);
  }
}
