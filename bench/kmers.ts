// How fast does genome/kmers count? Its kernel in workerd, metered and not, beside the same loop in typed-array JavaScript
// in the same workerd and in C (gcc -O3); then whole calls: JSON in, counts, JSON out. Every sample of one stands beside a
// sample of each other; figures are medians, ratios medians of ratios.
import { fasta, genomes, type Genomes } from "./kmers/genomes.ts";
import { startProgram, type Program } from "./kmers/c.ts";
import { startWorkerd, type Workerd } from "./kmers/workerd.ts";

const SIZES = [4, 6, 8, 10];
/** Milliseconds that a sample should take at least. */
const SAMPLE = 100;
/** Metered must reach this share of unmetered, and unmetered this multiple of JavaScript, at k = 6. */
const TARGETS = { metered: 0.8, javascript: 2.5 };

interface Contestant {
  readonly name: string;
  /** @returns the milliseconds that counting all genomes takes, `rounds` times */
  time(k: number, rounds: number): Promise<number>;
  table(k: number): Promise<Uint8Array>;
}

const median = (numbers: readonly number[]): number => {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? NaN;
};

function contestants(workerd: Workerd, program: Program | undefined): Contestant[] {
  const inWorkerd = (name: string, who: string): Contestant => ({
    name,
    time: async (k, rounds) => {
      const before = workerd.clock();
      await workerd.ask(`/count?who=${who}&k=${k}&rounds=${rounds}`);
      return workerd.clock() - before;
    },
    table: (k) => workerd.ask(`/table?who=${who}&k=${k}`),
  });
  const list = [inWorkerd("SIMD", "plain"), inWorkerd("metered", "metered"), inWorkerd("JavaScript", "js")];
  return program === undefined ? list : [...list, { name: "C -O3", ...program }];
}

/** Ends the run when one of them counts otherwise than the first. */
async function agree(list: readonly Contestant[], k: number): Promise<void> {
  const tables = await Promise.all(list.map((each) => each.table(k)));
  const wrong = list.filter((_, i) => Buffer.compare(tables[i] ?? Buffer.of(), tables[0] ?? Buffer.of()) !== 0);
  if (wrong.length > 0) throw new Error(`k = ${k}: ${wrong.map(({ name }) => name).join(", ")} counts otherwise`);
}

/** How often each must count so that a sample takes long enough; the code is warm afterwards. */
async function calibrate(list: readonly Contestant[], k: number): Promise<number[]> {
  const rounds: number[] = [];
  for (const each of list) {
    await each.time(k, 20);
    rounds.push(Math.max(1, Math.ceil(SAMPLE / ((await each.time(k, 4)) / 4))));
  }
  return rounds;
}

/** Milliseconds that each takes to count all genomes once, by sample. */
async function sample(list: readonly Contestant[], k: number, samples: number): Promise<number[][]> {
  const rounds = await calibrate(list, k);
  const times = list.map((): number[] => []);
  for (let i = 0; i < samples; i++) {
    // Each goes first in turn.
    for (let j = 0; j < list.length; j++) {
      const which = (i + j) % list.length;
      times[which]?.push(((await list[which]?.time(k, rounds[which] ?? 1)) ?? NaN) / (rounds[which] ?? 1));
    }
  }
  return times;
}

/** The median of how many times faster the one was than the other. */
const faster = (one: readonly number[] = [], other: readonly number[] = []): number =>
  median(one.map((time, i) => (other[i] ?? NaN) / time));

async function compareKernels(list: readonly Contestant[], bases: number, samples: number): Promise<void> {
  const names = list.map(({ name }) => name.padStart(11)).join("");
  console.log(`\nMB/s of bases${names}   metered/SIMD  SIMD/JavaScript  SIMD/C`);
  for (const k of SIZES) {
    await agree(list, k);
    const times = await sample(list, k, samples);
    const [simd, metered, javascript, c] = times;
    const speeds = times.map((each) => (bases / 1e3 / median(each)).toFixed(0).padStart(11)).join("");
    const [share, multiple] = [faster(metered, simd), faster(simd, javascript)];
    const beside = c === undefined ? "-" : faster(simd, c).toFixed(2);
    const ratios = `${share.toFixed(2).padStart(15)}${multiple.toFixed(2).padStart(17)}${beside.padStart(8)}`;
    const passed = share >= TARGETS.metered && multiple >= TARGETS.javascript;
    const verdict = `${passed ? "reached" : "MISSED"}: at least ${TARGETS.metered} and ${TARGETS.javascript}`;
    console.log(`k = ${String(k).padEnd(9)}${speeds}${ratios}${k === 6 ? `   ${verdict}` : ""}`);
  }
}

const CALLS: readonly (readonly [name: string, bytes: number, options: object])[] = [
  ["k = 6, no counts", 9_000_000, { k: 6, form: "none" }],
  ["k = 6, dense", 9_000_000, { k: 6, form: "dense" }],
  ["k = 6, sparse", 9_000_000, { k: 6 }],
  ["k = 10, no counts", 9_000_000, { k: 10, form: "none" }],
  ["k = 10, sparse", 900_000, { k: 10 }],
  ["k = 6, distances to one", 9_000_000, { k: 6, form: "none", against: "first" }],
  ["k = 10, distances to one", 9_000_000, { k: 10, form: "none", against: "first" }],
  ["k = 10, distances of pairs", 900_000, { k: 10, form: "none", pairs: true }],
];

async function timeCalls(workerd: Workerd, given: Genomes, samples: number): Promise<void> {
  console.log("\nwhole calls                  MB in  MB out        ms    metered   MB/s of input, metered");
  for (const [name, bytes, options] of CALLS) {
    const input = Buffer.from(JSON.stringify({ fasta: fasta(given, bytes), ...options }));
    await workerd.ask("/input", input);
    const times: [number[], number[]] = [[], []];
    let answer = 0;
    for (let i = -2; i < samples; i++) {
      for (const [which, who] of (["plain", "metered"] as const).entries()) {
        const before = workerd.clock();
        answer = Number(Buffer.from(await workerd.ask(`/call?who=${who}`)).toString());
        if (i >= 0) times[which]?.push(workerd.clock() - before);
      }
    }
    const [plain, metered] = [median(times[0]), median(times[1])];
    const sizes = [input.length, answer].map((size) => (size / 1e6).toFixed(2).padStart(8)).join("");
    const speed = (input.length / 1e3 / metered).toFixed(0);
    console.log(
      `${name.padEnd(26)}${sizes}${plain.toFixed(1).padStart(10)}${metered.toFixed(1).padStart(11)}${speed.padStart(12)}`,
    );
  }
}

/** @param args samples of each (default 11) */
export async function run(args: string[]): Promise<void> {
  const samples = Number(args[0] ?? 11);
  const given = genomes();
  const bytes = Buffer.from(given.sequences.map((letters) => `${letters}\n`).join(""), "latin1");
  const bases = bytes.length - given.sequences.length;
  const workerd = await startWorkerd();
  const program = startProgram(bytes);
  try {
    console.log(`${given.name}, ${(bases / 1e6).toFixed(1)} million bases; ${samples} samples, ${workerd.clockName}`);
    if (program === undefined) console.log("no gcc: C is left out");
    await workerd.ask("/genomes", bytes);
    await compareKernels(contestants(workerd, program), bases, samples);
    await timeCalls(workerd, given, samples);
  } finally {
    program?.stop();
    await workerd.stop();
  }
}
