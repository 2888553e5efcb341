// The official npm client, unmodified (algorithmia 0.3.10), through every call it has, against a running server.
import { randomBytes } from "node:crypto";
import { createRequire } from "node:module";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { temporaryFolder } from "../cli/harness.ts";
import { testModule } from "../support/modules.ts";
import { type System, startSystem } from "../support/server.ts";

type Answer = { readonly error?: { readonly message: string }; readonly result?: unknown } | string | Buffer;
type Callback = (answer: Answer, status: number) => void;
interface RemoteFile {
  readonly data_path: string;
  readonly size?: number;
  readonly last_modified?: string;
  put(content: string | Buffer, done: Callback): void;
  putString(content: string, done: Callback): void;
  putJson(content: string, done: Callback): void;
  get(done: (error: { message: string } | null, data: Buffer) => void): void;
  getString(done: Callback): void;
  getJson(done: Callback): void;
  exists(done: (there: boolean, status?: number, answer?: Answer) => void): void;
  delete(done: Callback): void;
  basename(): string;
}
interface RemoteFolder {
  readonly data_path: string;
  create(done: Callback): void;
  exists(done: (there: boolean) => void): void;
  delete(force: boolean, done: Callback): void;
  file(name: string): RemoteFile;
  putFile(path: string, done: Callback): void;
  forEach(each: (error: unknown, item: RemoteFile | RemoteFolder) => void): { then(done: () => void): void };
  forEachFile(each: (error: unknown, item: RemoteFile) => void): { then(done: () => void): void };
  forEachDir(each: (error: unknown, item: RemoteFolder) => void): { then(done: () => void): void };
}
interface Reply {
  readonly status: number;
  readonly error?: { readonly message: string; readonly error_type?: string };
  readonly metadata?: { readonly content_type: string; readonly duration: number };
  get(): unknown;
}
interface Called {
  then(done: (reply: Reply) => void): void;
}
interface OfficialClient {
  algo(path: string): { pipe(input: unknown): Called; pipeJson(input: string): Called };
  file(path: string): RemoteFile;
  dir(path: string): RemoteFolder;
}
const algorithmia = createRequire(import.meta.url)("algorithmia") as (
  key: string | undefined,
  address: string,
) => OfficialClient;

let system: System;
let client: OfficialClient;
beforeAll(async () => {
  system = await startSystem();
  client = algorithmia(system.ada.key, system.server.url);
  const kinds = ["text", "json", "bytes"] as const;
  for (const kind of kinds)
    await system.ada.publish("ada", { name: `echo_${kind}`, input: kind, output: kind }, testModule("echo"));
});
afterAll(() => system.end());

const pipe = (path: string, input: unknown): Promise<Reply> =>
  new Promise((resolve) => client.algo(path).pipe(input).then(resolve));
/** Calls a method that takes a callback. */
const told = <T extends unknown[]>(ask: (done: (...answers: T) => void) => void): Promise<T> =>
  new Promise((resolve) => ask((...answers) => resolve(answers)));

describe("algo", () => {
  test.each([
    "ada/echo_text",
    "algo://ada/echo_text",
    "/ada/echo_text/",
    "ADA/Echo_Text/1.0.0",
    "ada/echo_text/latest?timeout=20",
  ])("text by %s", async (path) => {
    const reply = await pipe(path, "héllo");
    expect([reply.status, reply.get(), reply.metadata?.content_type]).toEqual([200, "héllo", "text"]);
    expect(reply.metadata?.duration).toBeGreaterThan(0);
  });

  test("JSON, as a value and as text", async () => {
    const value = { a: [1, 2.5, null, "x"] };
    expect((await pipe("ada/echo_json", value)).get()).toEqual(value);
    const reply = await new Promise<Reply>((resolve) => client.algo("ada/echo_json").pipeJson('["x"]').then(resolve));
    expect(reply.get()).toEqual(["x"]);
    expect((await pipe("ada/echo_json", null)).get()).toBeNull();
  });

  test("binary", async () => {
    const bytes = randomBytes(5_000);
    const reply = await pipe("ada/echo_bytes", bytes);
    expect([reply.metadata?.content_type, reply.get()]).toEqual(["binary", bytes]);
  });

  test("an algorithm that is missing, and a key that is", async () => {
    const missing = await pipe("ada/nothing", "x");
    expect([missing.status, missing.error?.message]).toEqual([404, "algorithm algo://ada/nothing not found"]);
    const keyless = algorithmia(undefined, system.server.url);
    const refused = await new Promise<Reply>((resolve) => keyless.algo("ada/echo_text").pipe("x").then(resolve));
    expect([refused.status, refused.error?.message]).toEqual([401, "authorization required"]);
  });

  test("an error that the algorithm raises", async () => {
    await system.ada.publish("ada", { name: "fails", permissions: ["state"] }, testModule("writes-then-fails"));
    const reply = await pipe("ada/fails", Buffer.from("x"));
    expect([reply.status, reply.error?.error_type]).toEqual([200, expect.any(String)]);
    expect(() => reply.get()).toThrow();
  });
});

describe("data", () => {
  test("a folder: made, there, listed, deleted", async () => {
    const folder = client.dir("data://.my/official");
    expect(await told(folder.exists.bind(folder))).toEqual([
      false,
      404,
      { error: { message: "path not found", code: "path-not-found" } },
    ]);
    expect(await told(folder.create.bind(folder))).toEqual([{ result: "data://ada/official" }, 200]);
    expect(await told(folder.exists.bind(folder))).toEqual([true]);
    const path = join(temporaryFolder(), "local.bin");
    writeFileSync(path, randomBytes(3_000));
    await told<[Answer, number]>((done) => folder.putFile(path, done));
    await told<[Answer, number]>((done) => folder.file("b.txt").putString("text", done));
    const seen: (string | number | undefined)[][] = [];
    await new Promise<void>((resolve) =>
      folder.forEachFile((_, file) => seen.push([file.basename(), file.size])).then(resolve),
    );
    expect(seen).toEqual([
      ["b.txt", 4],
      ["local.bin", 3_000],
    ]);
    const folders: string[] = [];
    await new Promise<void>((resolve) =>
      client
        .dir("data://.my")
        .forEachDir((_, dir) => folders.push(dir.data_path))
        .then(resolve),
    );
    expect(folders).toContain(".my/official");
    const full = await told<[Answer, number]>((done) => folder.delete(false, done));
    expect(full).toEqual([{ error: expect.objectContaining({ message: expect.stringContaining("not empty") }) }, 409]);
    expect(await told<[Answer, number]>((done) => folder.delete(true, done))).toEqual([
      { result: { deleted: 2 } },
      200,
    ]);
  });

  test("listing more than a page", async () => {
    const folder = client.dir("data://.my/pages");
    await told(folder.create.bind(folder));
    const names = Array.from({ length: 1_100 }, (_, n) => `f${String(n).padStart(5, "0")}`);
    for (let at = 0; at < names.length; at += 50) {
      const puts = names
        .slice(at, at + 50)
        .map((name) => told<[Answer, number]>((done) => folder.file(name).put("x", done)));
      for (const [, status] of await Promise.all(puts)) expect(status).toBe(200);
    }
    const seen: string[] = [];
    await new Promise<void>((resolve) => folder.forEach((_, file) => seen.push(file.data_path)).then(resolve));
    expect(seen).toEqual(names.map((name) => `.my/pages/${name}`));
  });

  test("a file: bytes, text and JSON, there and gone", async () => {
    const folder = client.dir("data://.my/files");
    await told(folder.create.bind(folder));
    const file = client.file("data://.my/files/f");
    expect(await told(file.exists.bind(file))).toEqual([false, 404, { error: { message: "path not found" } }]);
    const bytes = randomBytes(100_000);
    expect(await told<[Answer, number]>((done) => file.put(bytes, done))).toEqual([
      { result: "data://ada/files/f" },
      200,
    ]);
    expect(await told(file.get.bind(file))).toEqual([null, bytes]);
    await told<[Answer, number]>((done) => file.putString("grüße", done));
    expect(await told(file.getString.bind(file))).toEqual(["grüße", 200]);
    await told<[Answer, number]>((done) => file.putJson('{"a":[1]}', done));
    expect(await told(file.getJson.bind(file))).toEqual([{ a: [1] }, 200]);
    expect(await told(file.exists.bind(file))).toEqual([true]);
    expect(await told(file.delete.bind(file))).toEqual([{ result: { deleted: 1 } }, 200]);
    const [error] = await told(file.get.bind(file));
    expect(error).toEqual({ message: "path not found", code: "path-not-found" });
  });
});
