// What does a nested call cost beside one from outside? The same callee's sandbox (open it, make an instance, run it, end it),
// asked from outside (a request with the sandbox, less the same request without) and by another algorithm: one after the other,
// side by side, and one below the other. What lies below another is an algorithm that calls, so its own call from outside is
// one whose question is refused at once: it asks its host all the same, and nothing runs below it. Times are of whole requests,
// with many calls in them divided: no clock inside is trusted. Beside them the same sandbox opened many times in one request by
// nobody but us: the floor. All in one run, interleaved.
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BENCH_KEY, type Running, bundleWorker, publishText, startOrcade } from "./call/systems.ts";
import { median } from "./client.ts";

const MODULES = join(import.meta.dirname, "../test/modules");
const encoder = new TextEncoder();
/** What a nested call may take of a call from outside. */
const TARGET = 1.5;

const relay = (name: string, input: Uint8Array): Uint8Array<ArrayBuffer> => {
  const callee = encoder.encode(name);
  return Uint8Array.of(callee.length, ...callee, ...input);
};
const times = (count: number, input: Uint8Array): Uint8Array<ArrayBuffer> =>
  Uint8Array.of(...new Uint8Array(Uint32Array.of(count).buffer), ...input);
const ECHOED = Uint8Array.of(1, 2, 3);
const ECHO = relay("bench/echo", ECHOED);
/** No name of an algorithm: refused without looking for one. */
const REFUSED = relay("nobody", ECHOED);

/** Milliseconds of one request. */
async function took({ url }: Running, path: string, body: Uint8Array<ArrayBuffer>): Promise<number> {
  const headers = { Authorization: `Simple ${BENCH_KEY}`, "Content-Type": "application/octet-stream" };
  const began = performance.now();
  const answer = await fetch(new URL(path, url), { method: "POST", headers, body });
  const text = await answer.text();
  if (!answer.ok || text.includes('"error"')) throw new Error(text.slice(0, 500));
  return performance.now() - began;
}

interface Shape {
  readonly title: string;
  /** The title of the same callee's call from outside; its own, if it is that. */
  readonly beside: string;
  /** Calls in the long request and in the short one, and how often both are asked in a round. */
  readonly many: number;
  readonly few: number;
  readonly times?: number;
  readonly ask: (count: number) => { readonly path: string; readonly body: Uint8Array<ArrayBuffer> };
}

const chain = (depth: number): Uint8Array<ArrayBuffer> =>
  Array.from({ length: depth - 1 }).reduce<Uint8Array<ArrayBuffer>>((input) => relay("bench/relay", input), ECHO);

const OUTSIDE = "from outside, each a request";
const CALLING = "the same of one that calls, and is refused";

const SHAPES: readonly Shape[] = [
  {
    title: OUTSIDE,
    beside: OUTSIDE,
    many: 1,
    few: 0,
    times: 20,
    ask: (n) => ({ path: `/bench/top/${n}/bench/echo`, body: ECHOED }),
  },
  {
    title: CALLING,
    beside: CALLING,
    many: 1,
    few: 0,
    times: 20,
    ask: (n) => ({ path: `/bench/top/${n}/bench/relay`, body: REFUSED }),
  },
  {
    title: "the sandbox alone, 100 in one request",
    beside: OUTSIDE,
    many: 101,
    few: 1,
    ask: (n) => ({ path: `/bench/top/${n}/bench/echo`, body: ECHOED }),
  },
  {
    title: "nested, calls 2 to 10 in a row",
    beside: OUTSIDE,
    many: 10,
    few: 1,
    ask: (n) => ({ path: "/v1/algo/bench/many", body: times(n, ECHO) }),
  },
  {
    title: "nested, calls 2 to 100 in a row",
    beside: OUTSIDE,
    many: 100,
    few: 1,
    ask: (n) => ({ path: "/v1/algo/bench/many", body: times(n, ECHO) }),
  },
  {
    title: "nested, calls 2 to 100 at once",
    beside: OUTSIDE,
    many: 100,
    few: 1,
    ask: (n) => ({ path: "/v1/algo/bench/fan", body: times(n, ECHO) }),
  },
  {
    title: "nested, levels 3 to 15 of one algorithm",
    beside: CALLING,
    many: 14,
    few: 1,
    ask: (n) => ({ path: "/v1/algo/bench/relay", body: chain(n) }),
  },
];

interface Sampled {
  /** Milliseconds of the short request and the long one. */
  readonly few: number;
  readonly many: number;
}

async function sample(place: Running, { many, few, ask, times: repeats = 1 }: Shape): Promise<Sampled[]> {
  const [long, short] = [ask(many), ask(few)];
  const samples: Sampled[] = [];
  for (let n = 0; n < repeats; n++) {
    const base = await took(place, short.path, short.body);
    samples.push({ few: base, many: await took(place, long.path, long.body) });
  }
  return samples;
}

/** Milliseconds of one call, of the median or of the quickest requests: a busy machine slows them all down, but not the same. */
const perCall = (shape: Shape, samples: readonly Sampled[], of: (values: readonly number[]) => number): number =>
  (of(samples.map(({ many }) => many)) - of(samples.map(({ few }) => few))) / (shape.many - shape.few);

/** @param args rounds (default 15) */
export async function run(args: string[]): Promise<void> {
  const rounds = Number(args[0] ?? 15);
  const place = await startOrcade(tmpdir(), {
    main: await bundleWorker(join(import.meta.dirname, "compose", "worker.ts")),
  });
  try {
    await publishText(place, "echo", join(MODULES, "echo.wat"), []);
    await publishText(place, "many", join(MODULES, "relay-many.wat"), ["call"]);
    await publishText(place, "fan", join(MODULES, "fan.wat"), ["call"]);
    await publishText(place, "relay", join(MODULES, "relay.wat"), ["call"]);
    const first = await took(place, "/v1/algo/bench/many", times(1, ECHO));
    const second = await took(place, "/v1/algo/bench/many", times(1, ECHO));
    console.log(`a request with one nested call: first ${first.toFixed(1)} ms, again ${second.toFixed(1)} ms`);
    const samples = new Map<Shape, Sampled[]>(SHAPES.map((shape) => [shape, []]));
    for (const shape of SHAPES) await sample(place, shape);
    for (let round = 0; round < rounds; round++) {
      const order = round % 2 === 0 ? SHAPES : SHAPES.toReversed();
      for (const shape of order) samples.get(shape)?.push(...(await sample(place, shape)));
    }
    report(samples, rounds);
  } finally {
    await place.stop();
  }
}

const least = (values: readonly number[]): number => Math.min(...values);

function report(samples: ReadonlyMap<Shape, readonly Sampled[]>, rounds: number): void {
  const besides = new Map([...samples].map(([shape, list]) => [shape.title, { shape, list }]));
  console.log(`\n${rounds} rounds${"".padEnd(33)}ms a call: median (ratio)    least (ratio)`);
  for (const [shape, list] of samples) {
    const base = besides.get(shape.beside);
    if (base === undefined) continue;
    const ratio = (of: typeof median): number => perCall(shape, list, of) / perCall(base.shape, base.list, of);
    const cells = [median, least].map((of) => {
      return `${perCall(shape, list, of).toFixed(3).padStart(10)} (${ratio(of).toFixed(2)})`;
    });
    const verdict = ratio(median) <= TARGET ? `  (target ${TARGET})` : `  OVER ${TARGET}`;
    const mark = shape.title.startsWith("nested") ? verdict : "";
    console.log(`${shape.title.padEnd(42)}${cells.join("   ")}${mark}`);
  }
}
