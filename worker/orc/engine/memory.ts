// Live bytes of a run, estimated: 12 bytes an object and 4 a field, as on a machine with compressed pointers, and the contents
// of strings, integers and arrays. Counted every 200,000 steps or 8 MB of long values, so a run may pass the bound by about so much
// before it is ended.
import { BOUNDS, Overrun } from "../values/bounds.ts";
import { isLeaf } from "./leaves.ts";
import type { Run } from "./run.ts";

const OBJECT = 12;
const FIELD = 4;
const EVERY = 200_000;
/** Strings longer than this are counted once, however often they occur. */
const LONG = 512;

/** Counts, and ends the run if it holds too much. Charged by what was gone through. */
export function countLive(run: Run): void {
  const bytes = liveBytes(run);
  run.bulk = 0;
  run.countAt = run.steps + EVERY;
  if (bytes > BOUNDS.liveBytes) run.overrun(new Overrun("too-much-memory", `More than ${BOUNDS.liveBytes} live bytes`));
}

/** @returns the estimate */
export function liveBytes(run: Run): number {
  const counter = new Counter();
  counter.add(rootsOf(run));
  return counter.total();
}

/** What keeps everything else alive. */
export const rootsOf = (run: Run): unknown[] => [
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
  private readonly strings = new Set<string>();
  private bytes = 0;

  add(roots: readonly unknown[]): void {
    for (const root of roots) this.visit(root);
  }

  total(): number {
    for (const item of this.seen) this.measure(item);
    return this.bytes;
  }

  private measure(item: object): void {
    this.bytes += OBJECT;
    if (Array.isArray(item)) for (let index = 0; index < item.length; index++) this.field(item[index]);
    else if (item instanceof Map) {
      for (const [key, value] of item) {
        this.field(key);
        this.field(value);
      }
    } else if (item instanceof Set) for (const value of item) this.field(value);
    else this.record(item as Record<string, unknown>);
  }

  private record(item: Record<string, unknown>): void {
    for (const key in item) this.field(item[key]);
  }

  private field(part: unknown): void {
    this.bytes += FIELD;
    this.visit(part);
  }

  private visit(part: unknown): void {
    if (typeof part === "object") {
      if (part !== null && !isLeaf(part)) this.seen.add(part);
    } else if (typeof part === "string") this.string(part);
    else if (typeof part === "bigint") this.bytes += part.toString(16).length >> 1;
  }

  private string(text: string): void {
    if (text.length > LONG) {
      if (this.strings.has(text)) return;
      this.strings.add(text);
    }
    this.bytes += 2 * text.length;
  }
}
