// The tasks as plain asynchronous functions do them.
import { LONG_MS, type System, WAIT_MS } from "./tasks.ts";

const step = async (n: number): Promise<number> => n - 1;

async function loop(n: number): Promise<number> {
  while (n !== 0) n = await step(n);
  return 1;
}

/** The first answer; the timer behind it is killed. */
async function within<T>(answer: Promise<T>, ms: number, late: T): Promise<T> {
  let stop: ReturnType<typeof setTimeout> | undefined;
  const timer = new Promise<T>((resolve) => (stop = setTimeout(() => resolve(late), ms)));
  try {
    return await Promise.race([timer, answer]);
  } finally {
    clearTimeout(stop);
  }
}

async function kills(n: number): Promise<number> {
  for (; n > 0; n--) await within(Promise.resolve(n), LONG_MS, 0);
  return 1;
}

/** A queue without bound between one who puts and one who takes. */
class Queue {
  readonly #items: number[] = [];
  #head = 0;
  #waiting: ((item: number) => void) | undefined;

  async put(item: number): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting === undefined) this.#items.push(item);
    else waiting(item);
  }

  async take(): Promise<number> {
    const item = this.#items[this.#head];
    if (item !== undefined) {
      this.#head++;
      return item;
    }
    return new Promise((resolve) => (this.#waiting = resolve));
  }
}

async function channel(n: number): Promise<number> {
  const queue = new Queue();
  const put = async (): Promise<void> => {
    for (let i = n; i > 0; i--) await queue.put(i);
  };
  const putting = put();
  let sum = 0;
  for (let i = 0; i < n; i++) sum += await queue.take();
  await putting;
  return sum;
}

async function leaves(n: number): Promise<number> {
  if (n === 0) return 1;
  const [a, b] = await Promise.all([leaves(n - 1), leaves(n - 1)]);
  return a + b;
}

/** Every number below n in parallel, each through `then`. */
async function sumOf(n: number, then: (x: number) => Promise<number>): Promise<number> {
  let sum = 0;
  const each = async (x: number): Promise<void> => {
    const y = await then(x);
    sum += y;
  };
  await Promise.all(Array.from({ length: n }, (_, x) => each(x)));
  return sum;
}

async function timeouts(n: number): Promise<number> {
  let sum = 0;
  for (; n > 0; n--) sum += await within(Promise.resolve(n), LONG_MS, 0);
  return sum;
}

export const promises: System = {
  loop,
  publish: (n) => sumOf(n, async (x) => x).then(() => 1),
  output: (n) => sumOf(n, async (x) => x),
  kill: kills,
  channel,
  leaves,
  wait: (n) => sumOf(n, (x) => new Promise((resolve) => setTimeout(() => resolve(x), WAIT_MS))),
  timeout: timeouts,
};
