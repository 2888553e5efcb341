// The typed client against a running server: calls, data up and down in parts and through kills, pages, programs; and the
// package as others get it.
import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { cpSync, existsSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, expectTypeOf, test } from "vitest";
import { type Answer, type ListedKey, Orcade, OrcadeError } from "../../client/index.ts";
import { CHECKOUT } from "../../cli/io.ts";
import { temporaryFolder } from "../cli/harness.ts";
import { testModule } from "../support/modules.ts";
import { type System, TORTURE, startSystem } from "../support/server.ts";

const MiB = 1024 * 1024;
let system: System;
let orcade: Orcade;
beforeAll(async () => {
  system = await startSystem();
  await system.ada.post("/v1/admin/accounts/ada/grants", { id: "start", amount: 10_000_000_000 });
  for (const kind of ["text", "json", "bytes"])
    await system.ada.publish("ada", { name: `echo_${kind}`, input: kind, output: kind }, testModule("echo"));
  orcade = new Orcade({ address: system.server.url, key: system.ada.key });
});
afterAll(() => system.end());

const md5 = (bytes: Uint8Array): string => `"${createHash("md5").update(bytes).digest("hex")}"`;

describe("calls", () => {
  test("text, JSON and bytes, with what they cost", async () => {
    const text = await orcade.call<string>("ada/echo_text", "héllo");
    expectTypeOf(text).toEqualTypeOf<Answer<string>>();
    expect(text).toMatchObject({
      value: "héllo",
      kind: "text",
      version: "1.0.0",
      call: expect.stringMatching(/^req-/),
    });
    expect(text.microcredits).toBeGreaterThan(20_000);
    const value = { a: [1, null, "x"] };
    expect((await orcade.call("ada/echo_json/1.0.0", value)).value).toEqual(value);
    const bytes = randomBytes(1_000);
    expect(
      Buffer.from((await orcade.call<Uint8Array>("ada/echo_bytes", new Uint8Array(bytes))).value).equals(bytes),
    ).toBe(true);
    const [listed] = await orcade.calls.list().toArray(1);
    expect(listed?.id).toMatch(/^req-/);
  });

  test("what is refused says so in words and codes", async () => {
    const refused = await orcade.call("ada/nothing", 1).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(OrcadeError);
    expect(refused).toMatchObject({ status: 404, code: "unknown-algorithm", retry: false });
  });

  test("once: the same key is the same call, and charged once", async () => {
    const first = await orcade.call("ada/echo_text", "x", { once: "client-1" });
    const again = await orcade.call("ada/echo_text", "x", { once: "client-1" });
    expect(again.call).toBe(first.call);
    const other = await orcade.call("ada/echo_text", "y", { once: "client-1" }).catch((error: unknown) => error);
    expect(other).toMatchObject({ status: 422 });
  });

  test("later: not waited for, then asked for by its id", async () => {
    const pending = await orcade.calls.later<string>("ada/echo_text", "soon");
    expect((await orcade.calls.pending<string>(pending.id).result()).value).toBe("soon");
  });

  test("seventeen at once; begun again under their keys they are the same", async () => {
    const begin = () =>
      Promise.all(
        Array.from({ length: 17 }, (_, n) =>
          orcade.calls.later<string>("ada/echo_text", `${n}`, { once: `seventeen-${n}` }),
        ),
      );
    const all = await begin();
    expect((await begin()).map(({ id }) => id)).toEqual(all.map(({ id }) => id));
    const answers = await Promise.all(all.map((one) => one.result()));
    expect(answers.map(({ value }) => value)).toEqual(Array.from({ length: 17 }, (_, n) => `${n}`));
  });
});

describe("data", () => {
  test("there and back, listed, ranged, deleted", async () => {
    expect([await orcade.data.make(".my/first", []), await orcade.data.make(".my/first", [])]).toEqual([true, false]);
    await orcade.data.put(".my/first/a b.txt", "héllo");
    await orcade.data.put("data://.my/first/empty", new Uint8Array(0));
    const file = await orcade.data.get(".my/first/a b.txt");
    expect([file.size, file.etag, await file.text()]).toEqual([6, md5(Buffer.from("héllo")), "héllo"]);
    expect(await (await orcade.data.get(".my/first/a b.txt", { from: 3, below: 5 })).text()).toBe("ll");
    const names: string[] = [];
    for await (const { filename } of orcade.data.list(".my/first")) names.push(filename);
    expect(names).toEqual(["a b.txt", "empty"]);
    await orcade.data.setAcl(".my/first", ["user://*"]);
    expect(await orcade.data.acl(".my/first")).toEqual(["user://*"]);
    const taken = await orcade.data.put(".my/first/empty", "x", { ifAbsent: true }).catch((error: unknown) => error);
    expect(taken).toMatchObject({ status: 412, code: "precondition-failed" });
    expect([await orcade.data.delete(".my/first/empty"), await orcade.data.delete(".my/first/empty")]).toEqual([
      true,
      false,
    ]);
    expect([await orcade.data.exists(".my/first"), await orcade.data.exists(".my/none")]).toEqual([true, false]);
    expect(await orcade.data.delete(".my/first", true)).toBe(true);
  });

  /** Pieces of uneven length, as a stream brings them. */
  async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
    for (let at = 0, n = 1; at < bytes.length; n++) {
      const length = 1 + ((n * 77_777) % 900_000);
      yield bytes.subarray(at, at + length);
      at += length;
    }
  }

  test("a long one goes in parts, from bytes, a Blob and a stream; it is what was sent", async () => {
    await orcade.data.make(".my/long", []);
    const bytes = new Uint8Array(randomBytes(5 * MiB + 17));
    const sources = { bytes, blob: new Blob([bytes]), stream: pieces(bytes), readable: new Blob([bytes]).stream() };
    for (const [name, source] of Object.entries(sources)) {
      let told = 0;
      const options = { partsAbove: MiB, partBytes: MiB, onProgress: (count: number) => void (told += count) };
      await orcade.data.put(`.my/long/${name}`, source as Uint8Array, options);
      const file = await orcade.data.get(`.my/long/${name}`);
      expect([name, told, file.size, file.etag]).toEqual([name, bytes.length, bytes.length, md5(bytes)]);
      expect(Buffer.from(await file.bytes()).equals(bytes)).toBe(true);
    }
    const none = await orcade.data.put(".my/nowhere/f", bytes, { partsAbove: 1 }).catch((error: unknown) => error);
    expect(none).toMatchObject({ status: 404 });
  });

  test.runIf(TORTURE)("a GiB goes in parts unasked, in constant memory", async () => {
    const block = new Uint8Array(randomBytes(MiB));
    const blocks = 1_024;
    const hash = createHash("md5");
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (let n = 0; n < blocks; n++) {
        hash.update(block);
        yield block;
      }
    }
    await orcade.data.put(".my/long/huge", endless());
    const file = await orcade.data.get(".my/long/huge");
    expect(file.etag).toBe(`"${hash.digest("hex")}"`);
    expect(file.size).toBe(blocks * MiB);
    await file.body.cancel();
  });

  test("a download goes on where the server was killed, and is whole", async () => {
    const bytes = new Uint8Array(randomBytes(24 * MiB));
    await orcade.data.put(".my/long/kept", bytes);
    const file = await orcade.data.get(".my/long/kept");
    const hash = createHash("md5");
    let seen = 0;
    let killed = false;
    for await (const chunk of file.body as unknown as AsyncIterable<Uint8Array>) {
      hash.update(chunk);
      seen += chunk.length;
      if (killed || seen < 2 * MiB) continue;
      killed = true;
      process.kill(system.server.workerdPid() ?? 0, "SIGKILL");
    }
    expect([seen, `"${hash.digest("hex")}"`]).toEqual([bytes.length, md5(bytes)]);
  });
});

describe("lists and programs", () => {
  test("keys: made, changed, listed, revoked", async () => {
    const { key, id } = await orcade.keys.create({ label: "of a client", scopes: { data: "read" } });
    expect(await new Orcade({ address: system.server.url, key }).account.get()).toMatchObject({ account: "ada" });
    expect(await orcade.keys.change(id, { label: "renamed" })).toMatchObject({ id, label: "renamed" });
    const found: ListedKey[] = [];
    for await (const each of orcade.keys.list()) found.push(each);
    expect(found.map((each) => each.id)).toContain(id);
    await orcade.keys.revoke(id);
    const algorithms = await orcade.algorithms.list({ owner: "ada" }).toArray();
    expect(algorithms.map(({ name }) => name)).toEqual(expect.arrayContaining(["ada/echo_text"]));
    expect(await orcade.algorithms.get("ada/echo_text")).toMatchObject({ algorithm: "ada/echo_text" });
    expect(await orcade.algorithms.quote("ada/echo_text", 10)).toBeTypeOf("object");
    expect((await orcade.account.ledger({ kind: "grant" }).toArray()).length).toBeGreaterThan(0);
  });

  test("a program in Orc publishes as it runs", async () => {
    const said: unknown[] = [];
    for await (const each of orcade.orc('1 | algo("ada/echo_text")("x")'))
      said.push(each.type === "publication" ? each.value : each.type);
    expect(said).toEqual(expect.arrayContaining([1, "x", "end"]));
  });
});

describe("durable runs", () => {
  test("begun, sent a signal, read to the end, also where a reader went on elsewhere", async () => {
    const program = 'arguments() >a> (a.x | algo("ada/echo_text")("said") | signal("more"))';
    const begun = { name: "of a client", once: "client-run-1" };
    const run = await orcade.runs.start({ program, arguments: { x: 7 } }, begun);
    expect((await orcade.runs.start({ program, arguments: { x: 7 } }, begun)).id).toBe(run.id);
    await run.signal("more", ["and", null]);
    const published = await run.result();
    expect(published).toHaveLength(3);
    expect(published).toEqual(expect.arrayContaining([7, "said", ["and", null]]));
    const rest: string[] = [];
    for await (const said of orcade.runs.get(run.id).events({ after: 2 })) rest.push(said.type);
    expect(rest).toEqual(["publication", "end"]);
    expect(await run.facts()).toMatchObject({ state: "halted", publications: 3, calls: 3 });
    const targets = (await run.calls().toArray()).map(({ target }) => target);
    expect(targets).toContainEqual(expect.stringContaining("ada/echo_text"));
    expect(await orcade.runs.list({ name: "of a client" }).toArray()).toMatchObject([{ id: run.id }]);
  });

  test("cancelled; and refused with the place of what is wrong", async () => {
    const run = await orcade.runs.start('signal("never")');
    await run.cancel();
    expect(await run.result()).toEqual([]);
    expect(await run.facts()).toMatchObject({ state: "cancelled" });
    const refused = await orcade.runs.start("1 +").catch((error: unknown) => error);
    expect(refused).toMatchObject({ status: 422, code: "invalid-program" });
  });

  test("read on through a kill", async () => {
    const run = await orcade.runs.start("upto(200) >n> Rwait(n * 10) >> n", { name: "killed" });
    const seen: unknown[] = [];
    for await (const said of run.events()) {
      if (said.type === "publication") seen.push(said.value);
      if (seen.length === 20) process.kill(system.server.workerdPid() ?? 0, "SIGKILL");
    }
    expect(seen).toEqual(Array.from({ length: 200 }, (_, n) => n));
  });
});

describe("jobs", () => {
  const lines = Array.from({ length: 300 }, (_, n) => `line ${n}`).join("\n");

  test("quoted, started, watched, and answered; listed; refused", async () => {
    const bytes = { input: "bytes", output: "bytes" };
    await system.ada.publish("ada", { name: "join", ...bytes }, testModule("join"));
    await orcade.data.make(".my/lines", []);
    await orcade.data.put(".my/lines/all.txt", lines);
    const wish = { map: "ada/echo_bytes@1.0.0", source: "data://.my/lines/all.txt", split: "lines" } as const;
    const more = { reduce: "ada/join@1.0.0", target: { bytes: 512 } };
    const job = await orcade.jobs.quote({ ...wish, ...more });
    expect((await job.facts()).quote).toMatchObject({ cost_microcredits: expect.any(Number) });
    await job.start();
    let last = "";
    for await (const { state } of job.progress()) last = state;
    expect(last).toBe("done");
    const { value, missing } = await job.result();
    expect([Buffer.from(value as Uint8Array).toString(), missing]).toEqual([lines, 0]);
    expect(await job.tasks("done").toArray()).toHaveLength(Math.ceil(lines.length / 512));
    expect((await orcade.jobs.list().toArray(1))[0]?.id).toBe(job.id);
    await job.delete();
    expect(await job.facts().catch((error: unknown) => error)).toMatchObject({ status: 404 });
    const refused = await orcade.jobs.start({ ...wish, map: "ada/nothing@1.0.0" }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(OrcadeError);
  });

  test("without a reducer the answers of all tasks", async () => {
    const wish = {
      map: "ada/echo_json@1.0.0",
      source: { from: 0, to: 30 },
      split: "range",
      target: { items: 10 },
    } as const;
    const job = await orcade.jobs.start(wish, "client-job-1");
    expect((await orcade.jobs.start(wish, "client-job-1")).id).toBe(job.id);
    expect((await job.result()).value).toHaveLength(3);
  });
});

test("the package is built to JavaScript and types, and works where there is no TypeScript", async () => {
  const folder = temporaryFolder();
  cpSync(join(CHECKOUT, "client"), join(folder, "client"), { recursive: true });
  symlinkSync(join(CHECKOUT, "node_modules"), join(folder, "node_modules"));
  execFileSync(process.execPath, [join(CHECKOUT, "node_modules/typescript/bin/tsc"), "-p", join(folder, "client")]);
  expect(existsSync(join(folder, "client/dist/index.d.ts"))).toBe(true);
  const script = join(folder, "use.mjs");
  const { url } = system.server;
  writeFileSync(
    script,
    `import { Orcade } from "./client/dist/index.js";
     const orcade = new Orcade({ address: ${JSON.stringify(url)}, key: ${JSON.stringify(system.ada.key)} });
     console.log((await orcade.call("ada/echo_text", "built")).value);`,
  );
  expect(execFileSync(process.execPath, [script], { encoding: "utf8" })).toBe("built\n");
});
