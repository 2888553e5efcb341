// What does a call cost beside an empty route? A whole call (key, resolution, schema, sandbox with a fresh instance, fuel,
// envelope) against a Hono app that only answers, in the same run: each sample of the one beside a sample of the other,
// medians of the ratios, at 1, 8 and 64 clients, with the storage on tmpfs and on disk. It runs twice, and says so: with client
// and servers wherever the system puts them, as users have it; then, where `taskset` is there, all on one processor, so that a
// ratio is one of work done and not of how fast processors wake each other. Each call is made without a row in the ledger, and
// paid for: then it is settled before it answers.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundleWorker, publish, post, startEmpty, startOrcade } from "./call/systems.ts";
import { type Target, load, median } from "./client.ts";

const ROOT = join(import.meta.dirname, "..");
const CLIENTS = [1, 8, 64];
/** Milliseconds of load before the first sample: a thousand calls or so, until what runs often is compiled. */
const WARM_MS = 2_000;

/** A call's figures beside the empty route's, medians over the rounds. */
interface Row {
  readonly name: string;
  readonly clients: number;
  readonly ratio: number;
  readonly p50: number;
  readonly perSecond: number;
  readonly emptyP50: number;
  readonly emptyPerSecond: number;
}

async function compare(
  name: string,
  empty: Target,
  target: Target,
  clients: number,
  rounds: number,
  ms: number,
): Promise<Row> {
  await load(target, clients, WARM_MS);
  await load(empty, clients, ms);
  const ratios: number[] = [];
  const mine: { p50: number; perSecond: number }[] = [];
  const theirs: { p50: number; perSecond: number }[] = [];
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? [empty, target] : [target, empty];
    const first = await load(order[0] ?? empty, clients, ms);
    const second = await load(order[1] ?? target, clients, ms);
    const [zero, call] = round % 2 === 0 ? [first, second] : [second, first];
    ratios.push(call.p50 / zero.p50);
    mine.push(call);
    theirs.push(zero);
  }
  const of = (list: { p50: number; perSecond: number }[], key: "p50" | "perSecond"): number =>
    median(list.map((item) => item[key]));
  return {
    name,
    clients,
    ratio: median(ratios),
    p50: of(mine, "p50"),
    perSecond: of(mine, "perSecond"),
    emptyP50: of(theirs, "p50"),
    emptyPerSecond: of(theirs, "perSecond"),
  };
}

const DOCUMENT =
  "The compiler turns a program into instructions for the computer. This episode is about garbage collectors: generational " +
  "collectors, write barriers, and why the computer pauses. A collector that moves objects must update every pointer.";
const CORPUS = ["A computer stores bits.", "The computer network fails.", "Databases on one computer keep indexes."];

const TAGS = JSON.stringify({ text: DOCUMENT, corpus: CORPUS });
const HELLO = JSON.stringify({ names: ["Ada", "Grace"] });
const PAID = { title: ", paid", path: "/v1/algo/bench/" };
const UNBILLED = { title: "", path: "/bench/unbilled/bench/" };

async function measure(place: string, folder: string, main: string, rounds: number, ms: number): Promise<void> {
  const empty = await startEmpty(folder);
  const orcade = await startOrcade(folder, { main });
  try {
    const tags = await publish(orcade, join(ROOT, "algorithms/text/tags"), "tags");
    const hello = await publish(orcade, join(ROOT, "cli/template"), "hello");
    const route = post(empty, "/", "{}", /ok/);
    const targets: [string, Target][] = [
      ["(bare RPC)", post(empty, "/run", "{}", /ok/)],
      ["(bare RPC, fresh instance)", post(empty, "/fresh", "{}", /ok/)],
      ["(the same, and one row)", post(empty, "/paid", "{}", /ok/)],
      ...[UNBILLED, PAID].flatMap(({ title, path }): [string, Target][] => [
        [`text/tags (${(tags / 1024).toFixed(1)} KiB)${title}`, post(orcade, `${path}tags`, TAGS, /"collector/)],
        [`hello (${(hello / 1024).toFixed(1)} KiB)${title}`, post(orcade, `${path}hello`, HELLO, /Hello, Ada!/)],
      ]),
    ];
    console.log(`\nstorage on ${place}\n${"call".padEnd(27)} clients  ratio  p50 ms (empty)   calls/s (empty)`);
    for (const clients of CLIENTS) {
      for (const [name, target] of targets) show(await compare(name, route, target, clients, rounds, ms));
    }
  } finally {
    await orcade.stop();
    await empty.stop();
  }
}

function show(row: Row): void {
  const p50 = `${row.p50.toFixed(2)} (${row.emptyP50.toFixed(2)})`;
  const perSecond = `${row.perSecond.toFixed(0)} (${row.emptyPerSecond.toFixed(0)})`;
  console.log(
    `${row.name.padEnd(27)} ${String(row.clients).padStart(7)} ${row.ratio.toFixed(2).padStart(6)}  ${p50.padEnd(15)}  ${perSecond}`,
  );
}

/** Runs this bench again on one processor. */
function runPinned(args: readonly string[]): void {
  const command = ["-c", "0", process.execPath, join(import.meta.dirname, "main.ts"), "call", ...args];
  const ran = spawnSync("taskset", command, { stdio: "inherit", env: { ...process.env, ORCADE_PINNED: "1" } });
  if (ran.error !== undefined) console.log("\nno taskset here: nothing is measured on one processor");
  else if (ran.status !== 0) throw new Error(`the bench ended with ${ran.status}`);
}

/** @param args rounds (default 15) and milliseconds a sample (default 400) */
export async function run(args: string[]): Promise<void> {
  const pinned = process.env["ORCADE_PINNED"] !== undefined;
  const rounds = Number(args[0] ?? 15);
  const ms = Number(args[1] ?? 400);
  console.log(
    `\na call beside an empty Hono route, ${pinned ? "client and servers on one processor" : "on any processor"}: ` +
      `${rounds} rounds of ${ms} ms each, interleaved, medians of ratios of p50`,
  );
  const main = await bundleWorker(join(import.meta.dirname, "billed", "worker.ts"));
  const tmpfs = "/dev/shm";
  if (existsSync(tmpfs)) await measure("tmpfs", tmpfs, main, rounds, ms);
  else console.log("no /dev/shm: tmpfs is left out");
  await measure("disk", tmpdir(), main, rounds, ms);
  if (!pinned) runPinned(args);
}
