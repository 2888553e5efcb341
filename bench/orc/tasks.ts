// What the bench asks of every system: the size, what one unit is, and the target of Orc.

export const NAMES = ["loop", "publish", "output", "kill", "channel", "leaves", "wait", "timeout"] as const;
export type Name = (typeof NAMES)[number];

/** One task as one system does it. @returns an answer that is the same for all systems */
export type Solve = (size: number) => Promise<number>;
export type System = Readonly<Record<Name, Solve>>;

/** Milliseconds every waiting task of `wait` waits. */
export const WAIT_MS = 200;
/** Milliseconds of the timers that are killed. */
export const LONG_MS = 100_000;

export interface Task {
  readonly title: string;
  readonly size: number;
  /** Units at least in a second of CPU; or milliseconds of wall time at most, beyond `free`. */
  readonly target: { readonly perSecond: number } | { readonly ms: number; readonly free: number } | null;
}

export const TASKS: Readonly<Record<Name, Task>> = {
  loop: { title: "iterations of a tail loop", size: 1_000_000, target: { perSecond: 1_000_000 } },
  publish: { title: "publications through >x>", size: 500_000, target: { perSecond: 1_000_000 } },
  output: { title: "publications out to a reader", size: 200_000, target: null },
  kill: { title: "kills of a running timer by the first answer", size: 100_000, target: { perSecond: 500_000 } },
  channel: { title: "items from producer to consumer", size: 200_000, target: { perSecond: 300_000 } },
  leaves: { title: "parallel leaves by binary recursion", size: 16, target: { ms: 1_000, free: 0 } },
  wait: { title: "waits of 200 ms at once", size: 20_000, target: { ms: 300, free: WAIT_MS } },
  timeout: { title: "answers in time under a timeout, in sequence", size: 50_000, target: null },
};

/** Units of a task of that size. */
export const unitsOf = (name: Name, size: number): number => (name === "leaves" ? 2 ** size : size);
