// What is it worth to run an algorithm where its data is? The same module reads a whole file and answers 16 bytes: run from the
// collection's object (near), run as usual in the isolate that the call came to, which reads the file in ranges from the object.
// Beside them a caller that downloads the file in one piece: to call the algorithm with it (in as many inputs as it takes), or,
// where it has the module itself, to run it without us, which tells what all our work costs. With the objects at hand, and with so many ms added to every message to an object (and from it back to the call). Bytes are counted on the way
// between the isolate and the collection. Interleaved, medians.
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import wabt from "wabt";
import { BENCH_KEY, type Running, startOrcade } from "./call/systems.ts";
import { median } from "./client.ts";
import { LIMITS } from "../worker/limits.ts";

const ROOT = join(import.meta.dirname, "..");
const MiB = 1024 * 1024;
/** Near data, of the whole file's bytes; and its time, of the download's, where objects are far. */
const TARGET = { bytes: 0.01, times: 2 };
const FAR_MS = 20;

async function workerText(): Promise<string> {
  const bundle = await build({
    entryPoints: [join(import.meta.dirname, "near", "worker.ts")],
    bundle: true,
    format: "esm",
    write: false,
    conditions: ["workerd"],
    external: ["cloudflare:*", "node:*"],
    loader: { ".txt": "text" },
  });
  return bundle.outputFiles[0]?.text ?? "";
}

const AUTHORIZED = { Authorization: `Simple ${BENCH_KEY}` };

async function sent(place: Running, method: string, path: string, body: BodyInit, more = {}): Promise<Response> {
  const answer = await fetch(new URL(path, place.url), { method, headers: { ...AUTHORIZED, ...more }, body });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer;
}

async function moduleBytes(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const text = readFileSync(join(ROOT, path), "utf8");
  return Uint8Array.from((await wabt()).parseWat(path, text).toBinary({}).buffer);
}

/** The types here are of Workers, where bytes are not compiled; this runs in Node. */
const compile = (bytes: Uint8Array<ArrayBuffer>): WebAssembly.Module =>
  new (WebAssembly.Module as unknown as new (bytes: Uint8Array) => WebAssembly.Module)(bytes);

async function publish(
  place: Running,
  name: string,
  permissions: readonly string[],
  module: Uint8Array<ArrayBuffer>,
): Promise<void> {
  const sides = { abi: "orcade", input: { kind: "bytes" }, output: { kind: "bytes" } };
  const facts = { name, version: "1.0.0", summary: "A module of the bench.", permissions, memory: 16 };
  const form = new FormData();
  form.set("manifest", JSON.stringify({ ...facts, ...sides }));
  form.set("module", new Blob([module]), "module.wasm");
  const answer = await sent(place, "PUT", `/v1/algorithms/bench/${name}/versions/1.0.0`, form, { Connection: "close" });
  await answer.text();
}

async function file(place: Running, name: string, mebibytes: number): Promise<void> {
  const answer = await sent(place, "PUT", `/v1/data/.my/near/${name}`, randomBytes(mebibytes * MiB));
  await answer.text();
}

/** What reader.wat takes. @param size of a range */
const inputOf = (name: string, size: number): Uint8Array<ArrayBuffer> => {
  const path = new TextEncoder().encode(`data://bench/near/${name}`);
  return Uint8Array.of(...new Uint8Array(Uint32Array.of(size, 0).buffer), path.length, ...path);
};

interface Asked {
  /** Milliseconds. */
  readonly took: number;
  /** In hexadecimal; null: of parts, which do not add up to that of the whole. */
  readonly answer: string | null;
  readonly bytes: number;
  readonly messages: number;
}

type Way = (place: Running, name: string, headers: Record<string, string>) => Promise<Asked>;

const called =
  (where: "near" | "usual", size: number): Way =>
  async (place, name, headers) => {
    const wanted = { "Content-Type": "application/octet-stream", "X-Bench-Run": where, ...headers };
    const began = performance.now();
    const answer = await sent(place, "POST", "/v1/algo/bench/reader?output=raw", inputOf(name, size), wanted);
    const bytes = Buffer.from(await answer.arrayBuffer());
    const took = performance.now() - began;
    const ran = await ranWhere(place, answer.headers.get("X-Orcade-Call") ?? "");
    if (ran !== (where === "near" ? "near-data" : undefined)) throw new Error(`it ran ${ran ?? "as usual"}`);
    const passed = (what: string): number => Number(answer.headers.get(`X-Bench-${what}`) ?? 0);
    return { took, answer: bytes.toString("hex"), bytes: passed("Bytes"), messages: passed("Messages") };
  };

async function ranWhere(place: Running, id: string): Promise<string | undefined> {
  const answer = await fetch(new URL(`/v1/calls/${id}`, place.url), { headers: AUTHORIZED });
  const call: { root: { ran?: string } } = await answer.json();
  return call.root.ran;
}

interface Fetched {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** What passed between the collection and the isolate. */
  readonly passed: number;
}

async function fetched(place: Running, name: string, headers: Record<string, string>): Promise<Fetched> {
  const path = new URL(`/v1/data/.my/near/${name}`, place.url);
  const answer = await fetch(path, { headers: { ...AUTHORIZED, ...headers } });
  const bytes = new Uint8Array(await answer.arrayBuffer());
  return { bytes, passed: Number(answer.headers.get("X-Bench-Bytes") ?? 0) };
}

/** The caller fetches the file and calls the algorithm with the bytes: as many inputs as it takes, one after the other. */
const downloadedAndCalled: Way = async (place, name, headers) => {
  const began = performance.now();
  const { bytes, passed } = await fetched(place, name, headers);
  let length = 0;
  for (let at = 0; at < bytes.length; at += LIMITS.inputBytes) {
    const wanted = { "Content-Type": "application/octet-stream", ...headers };
    const part = bytes.subarray(at, at + LIMITS.inputBytes);
    const answer = await sent(place, "POST", "/v1/algo/bench/sum?output=raw", part, wanted);
    length += Number(new DataView(await answer.arrayBuffer()).getBigUint64(8, true));
  }
  if (length !== bytes.length) throw new Error(`${length} of ${bytes.length} bytes`);
  return { took: performance.now() - began, answer: null, bytes: passed, messages: 1 };
};

/** The caller fetches the file and computes: the same module here, with a host that has the bytes. */
const downloadedAndRun =
  (module: WebAssembly.Module): Way =>
  async (place, name, headers) => {
    const began = performance.now();
    const { bytes, passed } = await fetched(place, name, headers);
    const told = computed(module, bytes, inputOf(name, MiB));
    return { took: performance.now() - began, answer: told, bytes: passed, messages: 1 };
  };

function computed(module: WebAssembly.Module, bytes: Uint8Array, input: Uint8Array): string {
  let held = bytes.subarray(0, 0);
  let answer = "";
  const memory = (): Uint8Array => new Uint8Array((instance.exports["memory"] as WebAssembly.Memory).buffer);
  const instance: WebAssembly.Instance = new WebAssembly.Instance(module, {
    orcade: {
      input_size: () => input.length,
      input_read: (to: number, from: number, count: number) => memory().set(input.subarray(from, from + count), to),
      data_range: (_: number, __: number, from: bigint, count: number) =>
        (held = bytes.subarray(Number(from), Number(from) + count)).length,
      answer_read: (to: number, from: number, count: number) => memory().set(held.subarray(from, from + count), to),
      output: (_: number, from: number, count: number) =>
        (answer = Buffer.from(memory().subarray(from, from + count)).toString("hex")),
    },
  });
  (instance.exports["apply"] as () => void)();
  return answer;
}

interface Row {
  readonly title: string;
  readonly way: Way;
  readonly times: Map<number, number[]>;
}

async function compare(place: Running, rows: readonly Row[], mebibytes: number, rounds: number): Promise<void> {
  const name = `file${mebibytes * 1024}`;
  await file(place, name, mebibytes);
  const answers = new Set<string>();
  const counts = new Map<Row, Asked>();
  for (const row of rows) counts.set(row, await row.way(place, name, { "X-Bench-Count": "on" }));
  for (let round = 0; round < rounds; round++) {
    for (const ms of [0, FAR_MS]) {
      for (const row of round % 2 === 0 ? rows : rows.toReversed()) {
        const asked = await row.way(place, name, { "X-Bench-Delay": String(ms) });
        if (asked.answer !== null) answers.add(asked.answer);
        const times = row.times.get(ms) ?? [];
        row.times.set(ms, [...times, asked.took]);
      }
    }
  }
  if (answers.size !== 1) throw new Error(`the answers differ: ${[...answers].join(", ")}`);
  report(rows, counts, mebibytes);
}

const at = (row: Row | undefined, ms: number): number => median(row?.times.get(ms) ?? []);

function report(rows: readonly Row[], counts: ReadonlyMap<Row, Asked>, mebibytes: number): void {
  console.log(`\n${`${mebibytes * 1024} KiB`.padEnd(44)}bytes (of the file)  messages      0 ms  +${FAR_MS} ms`);
  for (const row of rows) {
    const { bytes = 0, messages = 0 } = counts.get(row) ?? {};
    const part = `${bytes} (${((100 * bytes) / (mebibytes * MiB)).toFixed(2)} %)`;
    console.log(
      row.title.padEnd(40) +
        part.padStart(21) +
        String(messages).padStart(10) +
        at(row, 0).toFixed(1).padStart(10) +
        at(row, FAR_MS).toFixed(1).padStart(8),
    );
  }
  const [near, ...others] = rows;
  const share = (near === undefined ? 0 : (counts.get(near)?.bytes ?? 0)) / (mebibytes * MiB);
  const ratios = others.map((row) => `${(at(row, FAR_MS) / at(near, FAR_MS)).toFixed(2)} (${row.title})`);
  if (mebibytes >= 1)
    console.log(`near is below ${TARGET.bytes * 100} % of the bytes: ${share < TARGET.bytes ? "yes" : "NO"}`);
  console.log(`with ${FAR_MS} ms, times as fast as: ${ratios.join("; ")} (target ${TARGET.times})`);
}

/** @param args rounds (default 9) */
export async function run(args: string[]): Promise<void> {
  const rounds = Number(args[0] ?? 9);
  const place = await startOrcade(tmpdir(), { main: await workerText() });
  try {
    const module = await moduleBytes("test/modules/reader.wat");
    await publish(place, "reader", ["data"], module);
    await publish(place, "sum", [], await moduleBytes("bench/near/sum.wat"));
    await (await sent(place, "POST", "/v1/data/.my", JSON.stringify({ name: "near" }))).text();
    const compiled = compile(module);
    for (const mebibytes of [1 / 1024, 1, 30]) {
      const row = (title: string, way: Way): Row => ({ title, way, times: new Map() });
      const rows = [
        row("near", called("near", MiB)),
        row("as usual, in ranges of 1 MiB", called("usual", MiB)),
        row("as usual, in ranges of 8 MiB", called("usual", 8 * MiB)),
        row("download, then call", downloadedAndCalled),
        row("download, then run it without us", downloadedAndRun(compiled)),
      ];
      await compare(place, rows, mebibytes, rounds);
    }
  } finally {
    await place.stop();
  }
}
