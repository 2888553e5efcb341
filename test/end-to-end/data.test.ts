// Data that is being written when the client or the server dies: every acknowledged file is whole, every other one absent or
// whole, and nothing of a broken upload is seen.
import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type System, TORTURE, randomFrom, seedOf, startSystem, untilHealthy } from "../support/server.ts";

const UPLOADS = TORTURE ? 500 : 60;
const KILLS = TORTURE ? 12 : 2;
const MiB = 1024 * 1024;

let system: System;
const ask = (path: string, init: RequestInit = {}, headers: Record<string, string> = {}): Promise<Response> =>
  system.fetch(`/v1/data/.my/${path}`, { ...init, headers: { Authorization: system.ada.key, ...headers } });

beforeAll(async () => {
  system = await startSystem();
  for (const name of ["kept", "cut", "big"]) {
    const made = await system.ada.post("/v1/data/.my", { name });
    expect(made.status).toBe(200);
  }
});
afterAll(() => system.end());

/** The content of file n: long for every fifth, so that some are streamed. */
function content(n: number): Buffer {
  const length = n % 5 === 0 ? 3 * MiB + n : 1_000 + n * 37;
  const block = createHash("sha512").update(`file ${n}`).digest();
  return Buffer.alloc(length, block);
}

const wholeOrAbsent = async (n: number): Promise<"whole" | "absent" | "broken"> => {
  const answer = await ask(`kept/f${n}`);
  if (answer.status === 404) return "absent";
  return Buffer.from(await answer.arrayBuffer()).equals(content(n)) ? "whole" : "broken";
};

async function upload(n: number): Promise<boolean> {
  try {
    const answer = await ask(`kept/f${n}`, { method: "PUT", body: new Uint8Array(content(n)) });
    await answer.text();
    return answer.status === 200;
  } catch {
    return false;
  }
}

test(`kill -9 during ${UPLOADS} uploads`, async () => {
  const random = randomFrom(seedOf("data kills"));
  const acknowledged = new Set<number>();
  let next = 0;
  let over = false;
  const writer = async (): Promise<void> => {
    while (next < UPLOADS) {
      const n = next++;
      await untilHealthy(system.fetch);
      if (await upload(n)) acknowledged.add(n);
    }
  };
  const killer = async (): Promise<void> => {
    for (let kill = 0; kill < KILLS && !over; kill++) {
      await new Promise((resolve) => setTimeout(resolve, 50 + random() * 600));
      const pid = system.server.workerdPid();
      if (pid !== undefined) process.kill(pid, "SIGKILL");
      await untilHealthy(system.fetch);
    }
  };
  const killing = killer();
  await Promise.all([writer(), writer(), writer(), writer()]);
  over = true;
  await killing;
  await untilHealthy(system.fetch);
  for (let n = 0; n < UPLOADS; n++) {
    const state = await wholeOrAbsent(n);
    expect([n, state]).not.toEqual([n, "broken"]);
    if (acknowledged.has(n)) expect([n, state]).toEqual([n, "whole"]);
  }
  console.log(`${acknowledged.size} of ${UPLOADS} uploads acknowledged`);
});

/** Sends the head and a piece of a PUT, then cuts the connection. */
function cutOff(path: string, declared: number, sent: Buffer): Promise<void> {
  const { hostname, port, host } = new URL(system.server.url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => {
      const head = `PUT /v1/data/.my/${path} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: ${system.ada.key}\r\n`;
      socket.write(`${head}Content-Length: ${declared}\r\n\r\n`);
      socket.write(sent, () => setTimeout(() => socket.destroy(), 200));
    });
    socket.on("close", () => resolve());
    socket.on("error", reject);
  });
}

test("uploads cut in the middle leave no trace", async () => {
  await ask("cut/before", { method: "PUT", body: "as it was" });
  await cutOff("cut/before", 2 * 1024 * MiB, Buffer.from("x"));
  await cutOff("cut/before", 10 * MiB, randomBytes(5 * MiB));
  await cutOff("cut/never", 10 * MiB, randomBytes(5 * MiB));
  await untilHealthy(system.fetch);
  expect(await (await ask("cut/before")).text()).toBe("as it was");
  const listed = (await (await ask("cut")).json()) as { files: { filename: string }[] };
  expect(listed.files.map(({ filename }) => filename)).toEqual(["before"]);
});

/** Bytes of memory of the process that serves. */
function memoryOf(pid: number): number {
  const line = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Number(line?.[1]) * 1024;
}

/** A stream of the same block over and over, its digest told at the end. */
function endless(
  block: Uint8Array,
  blocks: number,
): { readonly body: ReadableStream<Uint8Array>; readonly md5: string } {
  const hash = createHash("md5");
  for (let n = 0; n < blocks; n++) hash.update(block);
  let left = blocks;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (left-- > 0) controller.enqueue(block);
      else controller.close();
    },
  });
  return { body, md5: hash.digest("hex") };
}

async function digestOf(answer: Response): Promise<string> {
  const hash = createHash("md5");
  for await (const chunk of answer.body ?? []) hash.update(chunk as Uint8Array);
  return hash.digest("hex");
}

const BIG = TORTURE ? 1024 : 48;

test(`${BIG} MiB up, down, and replaced under readers, in constant memory`, async () => {
  const init = (body: ReadableStream<Uint8Array>): RequestInit =>
    ({ method: "PUT", body, duplex: "half" }) as RequestInit;
  const first = endless(randomBytes(MiB), BIG);
  const second = endless(randomBytes(MiB), BIG);
  // Hashing took long: a connection that the server has given up meanwhile is to be noticed before it is used.
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect((await ask("big/f", init(first.body))).status).toBe(200);
  expect(await digestOf(await ask("big/f"))).toBe(first.md5);
  const reads = Array.from({ length: TORTURE ? 32 : 4 }, async () => digestOf(await ask("big/f")));
  const replaced = ask("big/f", init(second.body));
  for (const digest of await Promise.all(reads)) expect([first.md5, second.md5]).toContain(digest);
  expect((await replaced).status).toBe(200);
  expect(await digestOf(await ask("big/f"))).toBe(second.md5);
  const range = await ask("big/f", {}, { Range: `bytes=${(BIG - 1) * MiB}-` });
  expect((await range.arrayBuffer()).byteLength).toBe(MiB);
  if (process.platform !== "linux") return;
  const bytes = memoryOf(system.server.workerdPid() ?? 0);
  console.log(`workerd's memory at most: ${Math.round(bytes / MiB)} MiB`);
  expect(bytes).toBeLessThan(512 * MiB);
}, 1_800_000);
