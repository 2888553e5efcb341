// What does a scheduled task cost? (a) Genomes made by the generator, fingerprinted by one `orcade jobs run`, beside the bare
// loop on the same bytes: the same metered module on the same chunks in one Dynamic Worker, which writes nothing down, meters
// nothing and asks nobody. Once with the bytes in it before the clock runs, and once handed chunk by chunk, as a sandbox gets
// what it works on. Each runs twice, for what runs first is compiled, the job in the middle, and all must come to the same bytes.
// A loop has one thread; the job has the processes that `npm start` gives it (ORCADE_ANNEXES). (b) Trivial tasks, whose every
// answer is stored and read back, beside what their fresh instances alone cost. (c) A simulation of the scheduler's own code over a runner that does nothing.
import { execFileSync } from "node:child_process";
import { readFileSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { simulate } from "../test/jobs/simulate.ts";
import { annexesFrom } from "../cli/server/processors.ts";
import { BENCH_KEY, type Running, publish, startOrcade } from "./call/systems.ts";
import { assemble } from "./fuel/compile.ts";
import { type Looped, type Spent, meteredFolder, meteredOf, startLoop } from "./jobs/loop.ts";
import { type Ended, orcade, runJob, tookOf } from "./jobs/running.ts";
import { type Clock, children, cpuClock } from "./kmers/cpu.ts";

const FINGERPRINT = join(import.meta.dirname, "../algorithms/genome/fingerprint");
/** The same question twice, which must not look the same: else the second job finds all its answers. */
const ARGUMENTS = '{"label":"clade"}';
const ARGUMENTS_AGAIN = '{"label":"clade","sample":8}';
const GENOMES = "data://.my/bench/genomes.fasta";
const BOTH = "bench/fingerprint@1";

/** Where a bench runs. */
interface Place {
  readonly orcade: Running;
  readonly folder: string;
  /** CPU time of the server's workerd. */
  readonly clock: Clock;
  readonly clockName: string;
}

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(2).padStart(8)} s`;
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** A job that is over, and what it took. */
interface Ran extends Spent {
  readonly job: Ended;
}

async function timed(clock: Clock, work: () => Promise<Ended>): Promise<Ran> {
  const before = clock();
  const job = await work();
  return { job, wall: tookOf(job), cpu: clock() - before };
}

/** What an upload left to be written is on the disk before anything is timed: the job's own writes would wait behind it. */
function settleDisk(): void {
  try {
    execFileSync("sync");
  } catch {
    console.log("(no `sync` here: the job shares the disk with what its upload left to be written)");
  }
}

/** Makes genomes and puts them into data. @returns the file */
async function givenGenomes({ orcade: server, folder }: Place, count: number): Promise<string> {
  await orcade(server, folder, "genomes", "generate", "--count", String(count), "--seed", "7", "-o", "genomes.fasta");
  await orcade(server, folder, "data", "mkdir", "data://.my/bench");
  await orcade(server, folder, "data", "cp", "genomes.fasta", GENOMES);
  settleDisk();
  return join(folder, "genomes.fasta");
}

const mean = (all: readonly Spent[], of: "wall" | "cpu"): number =>
  all.reduce((sum, one) => sum + one[of], 0) / all.length;

function showGenomes(
  count: number,
  size: number,
  loops: Readonly<Record<string, readonly Looped[]>>,
  jobs: readonly Ran[],
): void {
  const [last] = jobs.slice(-1);
  if (last === undefined) return;
  const { job } = last;
  const row = (name: string, { wall, cpu }: Spent): void =>
    console.log(
      `  ${name.padEnd(16)}${seconds(wall)}${seconds(cpu)} CPU  ${(size / 1e3 / wall).toFixed(1).padStart(7)} MB/s`,
    );
  const overhead = (beside: readonly Looped[], of: "wall" | "cpu"): string =>
    percent(mean(jobs, of) / mean(beside, of) - 1);
  console.log(`\n${count} genomes, ${(size / 1e6).toFixed(1)} MB in ${job.tasks.total} chunks of ${job.chunk} bytes`);
  for (const [name, all] of Object.entries(loops))
    for (const [index, loop] of all.entries()) row(`${name} ${index + 1}`, loop);
  for (const [index, ran] of jobs.entries()) row(`job ${index + 1}`, ran);
  const { tasks, dispatches, reductions, spent_microcredits: spent } = job;
  for (const [name, all] of Object.entries(loops))
    console.log(`  overhead over ${name}: ${overhead(all, "wall")} of time, ${overhead(all, "cpu")} of CPU`);
  console.log(
    `  ${(mean(jobs, "wall") / tasks.total).toFixed(1)} ms a task; ${dispatches} dispatches, ${reductions} reductions; ` +
      `${(spent / tasks.total).toFixed(0)} microcredits a task, ${(spent / count).toFixed(1)} a genome`,
  );
}

async function measureGenomes(place: Place, count: number): Promise<void> {
  const file = await givenGenomes(place, count);
  const { size } = statSync(file);
  await publish(place.orcade, FINGERPRINT, "fingerprint");
  const loop = await startLoop(await meteredFolder(FINGERPRINT));
  try {
    const args = [BOTH, GENOMES, "--reduce", BOTH, "--split", "records:fasta", "--arguments"];
    // The loop needs the size of the job's chunks, which a quote tells; arguments that only look different leave the job nothing.
    const quote = [...args, '{"label":"clade","k":6}', "--quote", "--json"];
    const quoted = await orcade(place.orcade, place.folder, "jobs", "run", ...quote);
    const { chunk } = JSON.parse(quoted) as Ended;
    const looped = async (handed: boolean): Promise<Looped> => loop.run(file, size, chunk, ARGUMENTS, handed);
    const results: Buffer[] = [];
    const [bare, handed] = [[await looped(false)], [await looped(true)]];
    const jobs: Ran[] = [];
    for (const asked of [ARGUMENTS, ARGUMENTS_AGAIN]) {
      jobs.push(await timed(place.clock, () => runJob(place.orcade, place.folder, "prints.json", ...args, asked)));
      results.push(readFileSync(join(place.folder, "prints.json")));
    }
    handed.push(await looped(true));
    bare.push(await looped(false));
    const same = [...bare, ...handed].every(({ result }) => results.every((other) => other.equals(result)));
    if (!same) throw new Error("the loop and the job differ");
    showGenomes(count, size, { "bytes there": bare, "bytes handed": handed }, jobs);
  } finally {
    await loop.stop();
  }
}

const ECHO = { name: "echo", version: "1.0.0", summary: "Answers its input.", license: "apache2", memory: 1 };

/** Publishes the mapper of trivial tasks. */
async function publishEcho({ url }: Running, module: Uint8Array<ArrayBuffer>): Promise<void> {
  const form = new FormData();
  const manifest = { ...ECHO, input: { kind: "json" }, output: { kind: "json" } };
  form.set("manifest", JSON.stringify(manifest));
  form.set("module", new Blob([module]), "module.wasm");
  const path = "/v1/algorithms/bench/echo/versions/1.0.0";
  const answer = await fetch(new URL(path, url), { method: "PUT", headers: { Authorization: BENCH_KEY }, body: form });
  if (!answer.ok) throw new Error(await answer.text());
}

/** Every answer must be that of its task, in order. */
function checkEchoes(file: string, count: number): void {
  const lines = readFileSync(file, "utf8").trimEnd().split("\n");
  const right = lines.every((line, index) => {
    const { answer } = JSON.parse(line) as { answer: { from: number; to: number } };
    return answer.from === index && answer.to === index + 1;
  });
  if (!right || lines.length !== count) throw new Error(`${lines.length} answers, or others than there should be`);
}

async function measureTrivial({ orcade: server, folder, clock }: Place, count: number): Promise<void> {
  const module = assemble(readFileSync(join(import.meta.dirname, "jobs/echo.wat"), "utf8"), "echo.wat");
  await publishEcho(server, module);
  const loop = await startLoop(meteredOf(module, ECHO.memory));
  const input = `{"from":${count},"to":${count + 1}}`;
  const before = await loop.repeat(input, count);
  const args = ["bench/echo@1.0.0", `0..${count}`, "--items", "1"];
  const { job, wall, cpu } = await timed(clock, () => runJob(server, folder, "echoes.ndjson", ...args));
  const after = await loop.repeat(input, count);
  await loop.stop();
  checkEchoes(join(folder, "echoes.ndjson"), count);
  const each = (ms: number): string => `${((1e3 * ms) / count).toFixed(1)} µs`;
  console.log(
    `\n${count} trivial tasks: ${each(wall)} a task, ${each(cpu)} of CPU (reading the answers counted); ` +
      `${job.dispatches} dispatches, every answer stored and right\n` +
      `  of that a fresh instance alone, before and after: ${each(before.wall)} and ${each(after.wall)}, ` +
      `${each(before.cpu)} and ${each(after.cpu)} of CPU`,
  );
}

/** The scheduler's own code, where a task does nothing. */
function measureSimulated(counts: readonly number[]): void {
  console.log("\nsimulated, without sandboxes");
  const answer = { kind: "json", bytes: new Uint8Array([0x31]) } as const;
  for (const count of counts) {
    const began = performance.now();
    const ran = simulate({
      parts: [{ size: count, borders: null }],
      chunk: 1,
      run: () => ({ kind: "answered", answer, fuel: 1_000 }),
    });
    const ms = performance.now() - began;
    if (ran.done !== count || ran.answers.length !== count) throw new Error(`${ran.done} of ${count} were done`);
    console.log(`${String(count).padStart(9)} tasks ${seconds(ms)}  ${((1e3 * ms) / count).toFixed(1)} µs a task`);
  }
}

async function startPlace(folder: string): Promise<Place> {
  const before = new Set(children());
  const server = await startOrcade(folder, { annexes: annexesFrom(process.env["ORCADE_ANNEXES"]) });
  const { clock, name } = cpuClock(children().filter((pid) => !before.has(pid)));
  return { orcade: server, folder, clock, clockName: name };
}

/** @param args genomes (default 2,000), trivial tasks (default 10,000), most simulated tasks (default 1,000,000); 0: none */
export async function run(args: string[]): Promise<void> {
  const [genomes = 2_000, trivial = 10_000, simulated = 1_000_000] = args.map(Number);
  if (simulated > 0) measureSimulated([simulated / 100, simulated / 10, simulated]);
  const folder = mkdtempSync(join(tmpdir(), "orcade-bench-jobs-"));
  const place = await startPlace(folder);
  try {
    console.log(`\njobs on a server; ${place.clockName}`);
    if (trivial > 0) await measureTrivial(place, trivial);
    if (genomes > 0) await measureGenomes(place, genomes);
  } finally {
    await place.orcade.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
