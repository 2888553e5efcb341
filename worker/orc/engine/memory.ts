// Live bytes of a run, estimated: 12 bytes an object and 4 a field, as on a machine with compressed pointers, and the contents
// of strings, integers and arrays. They are counted when as much as could pass the bound was made since the last time, but not
// before 16 MiB: so a run may pass the bound by about so much before it is ended.
import { BOUNDS, Overrun } from "../values/bounds.ts";
import { Cons, type Value } from "../values/kinds.ts";
import { Future, Kont, Scope, Task } from "./records.ts";
import type { Run } from "./run.ts";

const OBJECT = 12;
const FIELD = 4;
/** Bytes that are made between two counts at least. */
const LEAST = 16 * 2 ** 20;
/** Strings longer than this are counted once, however often they occur. */
const LONG = 512;

/** Counts, and ends the run if it holds too much. Charged by what was gone through. */
export function countLive(run: Run): void {
  const { bytes, objects } = countOf(run);
  run.bytes = 0;
  run.countAt = Math.max(LEAST, BOUNDS.liveBytes - bytes);
  run.charge(objects >> 4);
  if (bytes > BOUNDS.liveBytes) run.overrun(new Overrun("too-much-memory", `More than ${BOUNDS.liveBytes} live bytes`));
}

/** @returns the estimate */
export const liveBytes = (run: Run): number => countOf(run).bytes;

/** @returns the estimate of one value, with everything it holds */
export function bytesOf(value: Value): number {
  const counter = new Counter();
  counter.visit(value);
  return counter.total().bytes;
}

function countOf(run: Run): { bytes: number; objects: number } {
  const counter = new Counter();
  for (const root of rootsOf(run)) counter.visit(root);
  return counter.total();
}

/** What keeps everything else alive. */
const rootsOf = (run: Run): unknown[] => [
  run.frame,
  run.kont,
  run.scope,
  run.root,
  run.stack,
  run.queue.toArray(),
  run.quiet,
  run.timers,
  run.calls,
  run.outputs,
];

class Counter {
  private readonly seen = new Set<object>();
  private readonly work: object[] = [];
  private readonly strings = new Set<string>();
  private bytes = 0;

  total(): { bytes: number; objects: number } {
    for (let item = this.work.pop(); item !== undefined; item = this.work.pop()) this.measure(item);
    return { bytes: this.bytes, objects: this.seen.size };
  }

  visit(part: unknown): void {
    if (typeof part === "object") {
      if (part === null || this.seen.has(part)) return;
      this.seen.add(part);
      this.work.push(part);
    } else if (typeof part === "string") this.string(part);
    else if (typeof part === "bigint") this.bytes += part.toString(16).length >> 1;
  }

  private measure(item: object): void {
    if (Array.isArray(item)) {
      this.bytes += OBJECT + FIELD * item.length;
      for (let index = 0; index < item.length; index++) this.visit(item[index]);
    } else if (item instanceof Task) this.task(item);
    else if (item instanceof Scope) this.scope(item);
    else if (item instanceof Future) this.pair(item.value, item.waiters);
    else if (item instanceof Cons) this.pair(item.head, item.tail);
    else if (item instanceof Kont) this.pair(item.frame, item.next);
    else this.other(item);
  }

  private pair(a: unknown, b: unknown): void {
    this.bytes += OBJECT + 3 * FIELD;
    this.visit(a);
    this.visit(b);
  }

  private task(task: Task): void {
    this.bytes += OBJECT + 5 * FIELD;
    this.visit(task.frame);
    this.visit(task.kont);
    this.visit(task.scope);
    this.visit(task.value);
  }

  /** Its children are counted through the tasks in them, and through their siblings. */
  private scope(scope: Scope): void {
    this.bytes += OBJECT + 17 * FIELD;
    this.visit(scope.parent);
    this.visit(scope.first);
    this.visit(scope.after);
    this.visit(scope.frame);
    this.visit(scope.kont);
    this.visit(scope.zone);
    this.visit(scope.caller);
    this.visit(scope.calls);
  }

  private other(item: object): void {
    this.bytes += OBJECT;
    const parts =
      item instanceof Map ? [...item.keys(), ...item.values()] : item instanceof Set ? [...item] : Object.values(item);
    this.bytes += FIELD * parts.length;
    for (const part of parts) this.visit(part);
  }

  private string(text: string): void {
    if (text.length > LONG) {
      if (this.strings.has(text)) return;
      this.strings.add(text);
    }
    this.bytes += 2 * text.length;
  }
}
