// What does it cost to pay? A call with a royalty, settled in the ledger before its answer leaves, beside the same call
// without money, beside an empty Hono route, and beside the least that such a call can cost here (call/empty.ts: one RPC into a
// sandbox with a fresh instance, one row in an object): all in the same run, interleaved, at one client and at 64, with the
// storage on tmpfs and on disk. Reported are p50, throughput, and the processor time of workerd, which a busy machine blurs less.
// The ledger's other work (outbox, authors' books, profiles) goes on beside the calls and counts.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundleWorker, post, publish, startEmpty, startOrcade } from "./call/systems.ts";
import { type Target, load, median } from "./client.ts";

const ROOT = join(import.meta.dirname, "..");
const CLIENTS = [1, 64];
const ROYALTY = 50_000;
/** Milliseconds of load before the first sample: a thousand calls or so, until what runs often is compiled. */
const WARM_MS = 2_000;

/** Microseconds of processor time of all workerds below this process. */
function processorTime(): number {
  const children = execFileSync("pgrep", ["-P", String(process.pid)], { encoding: "utf8" })
    .trim()
    .split("\n");
  let ticks = 0;
  for (const pid of children) {
    const path = `/proc/${pid}/stat`;
    if (!existsSync(path)) continue;
    const fields = readFileSync(path, "utf8").split(") ")[1]?.split(" ") ?? [];
    ticks += Number(fields[11]) + Number(fields[12]);
  }
  // A tick is a hundredth of a second on every Linux there is.
  return ticks * 10_000;
}

interface Sampled {
  readonly p50: number;
  readonly perSecond: number;
  /** Microseconds of processor time for one request. */
  readonly processor: number;
}

async function sample(target: Target, clients: number, ms: number): Promise<Sampled> {
  const before = processorTime();
  const { p50, perSecond, answers } = await load(target, clients, ms);
  return { p50, perSecond, processor: (processorTime() - before) / answers };
}

const KEYS = ["p50", "perSecond", "processor"] as const;

async function compare(
  targets: ReadonlyMap<string, Target>,
  clients: number,
  rounds: number,
  ms: number,
): Promise<void> {
  const samples = new Map<string, Sampled[]>([...targets.keys()].map((name) => [name, []]));
  for (const target of targets.values()) await load(target, clients, WARM_MS);
  for (let round = 0; round < rounds; round++) {
    const order = [...targets];
    if (round % 2 === 1) order.reverse();
    for (const [name, target] of order) samples.get(name)?.push(await sample(target, clients, ms));
  }
  const empty = samples.get("empty route") ?? [];
  for (const [name, list] of samples) {
    const [p50 = 0, perSecond = 0, processor = 0] = KEYS.map((key) => median(list.map((each) => each[key])));
    const ratio = (key: "p50" | "processor"): string =>
      median(list.map((each, round) => each[key] / (empty[round]?.[key] ?? Number.NaN))).toFixed(2);
    console.log(
      `${name.padEnd(14)} ${String(clients).padStart(7)}  ${p50.toFixed(2).padStart(8)} (${ratio("p50")})`.padEnd(46) +
        `${processor.toFixed(0).padStart(6)} (${ratio("processor")})`.padEnd(18) +
        perSecond.toFixed(0),
    );
  }
  const unbilled = samples.get("unbilled call") ?? [];
  const share = median(
    (samples.get("billed call") ?? []).map((each, n) => each.perSecond / (unbilled[n]?.perSecond ?? 1)),
  );
  console.log(`billed at ${clients}: ${share.toFixed(2)} of the unbilled throughput`);
}

/** Runs this bench again with client and servers on one processor, where ratios are of work done and not of wakings. */
function runPinned(args: readonly string[]): void {
  const command = ["-c", "0", process.execPath, join(import.meta.dirname, "main.ts"), "billed", ...args];
  const ran = spawnSync("taskset", command, { stdio: "inherit", env: { ...process.env, ORCADE_PINNED: "1" } });
  if (ran.error !== undefined) console.log("\nno taskset here: nothing is measured on one processor");
  else if (ran.status !== 0) throw new Error(`the bench ended with ${ran.status}`);
}

async function measure(place: string, folder: string, main: string, rounds: number, ms: number): Promise<void> {
  const empty = await startEmpty(folder);
  const orcade = await startOrcade(folder, { main });
  try {
    await publish(orcade, join(ROOT, "cli/template"), "hello", ROYALTY);
    const body = JSON.stringify({ names: ["Ada", "Grace"] });
    const targets = new Map<string, Target>([
      ["empty route", post(empty, "/", "{}", /ok/)],
      ["fresh instance", post(empty, "/fresh", "{}", /ok/)],
      ["and one row", post(empty, "/paid", "{}", /ok/)],
      ["unbilled call", post(orcade, "/bench/unbilled/bench/hello", body, /Hello, Ada!/)],
      ["billed call", post(orcade, "/v1/algo/bench/hello", body, /Hello, Ada!/)],
    ]);
    console.log(`\nstorage on ${place}\n${"".padEnd(14)} clients    p50 ms (ratio)    CPU µs (ratio)    requests/s`);
    for (const clients of CLIENTS) await compare(targets, clients, rounds, ms);
  } finally {
    await orcade.stop();
    await empty.stop();
  }
}

/** @param args rounds (default 9) and milliseconds a sample (default 500) */
export async function run(args: string[]): Promise<void> {
  const pinned = process.env["ORCADE_PINNED"] !== undefined;
  const rounds = Number(args[0] ?? 9);
  const ms = Number(args[1] ?? 500);
  console.log(
    `\na paid call beside an unpaid one and an empty Hono route, ` +
      `${pinned ? "client and servers on one processor" : "on any processor"}: ${rounds} rounds of ${ms} ms each, interleaved`,
  );
  const main = await bundleWorker(join(import.meta.dirname, "billed", "worker.ts"));
  const tmpfs = "/dev/shm";
  if (existsSync(tmpfs)) await measure("tmpfs", tmpfs, main, rounds, ms);
  else console.log("no /dev/shm: tmpfs is left out");
  await measure("disk", tmpdir(), main, rounds, ms);
  if (!pinned) runPinned(args);
}
