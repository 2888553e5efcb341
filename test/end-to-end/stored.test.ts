// Nothing is stored without an entry in kv-schema: after a system has done all it can do, every SQL table and KV key on its
// disk is looked up there. And asking for what does not exist leaves nothing behind.
import { existsSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { KV_REGISTER, TABLE_REGISTER } from "../../kv-schema/index.ts";
import { sha256OfText } from "../../worker/market/hash.ts";
import { TOKEN } from "../support/client.ts";
import { testModule } from "../support/modules.ts";
import { type System, startSystem } from "../support/server.ts";

let system: System;
let stored: string;
let key: string;

beforeAll(async () => {
  system = await startSystem();
  stored = system.stateDirectory;
  const { ada } = system;
  ({ key } = ada);
  await ada.post("/v1/organizations", { org_name: "lab" });
  await ada.publish("lab", { name: "counter", permissions: ["state"] }, testModule("counter"));
  await ada.call("lab/counter", new Uint8Array(0));
  await ada.call("lab/absent", new Uint8Array(0));
  await ada.call("lab/counter", new Uint8Array(0), { Prefer: "respond-async, wait=20" });
  await ada.post("/v1/algorithms/lab", { name: "draft" });
  await ada.get("/v1/algorithms/nobody/nothing");
  await ada.post("/v1/data/.my", { name: "files" });
  await ada.post("/v1/runs", { program: "1" });
  await ada.publish("lab", { name: "echo", input: "bytes", output: "bytes" }, testModule("echo"));
  const texts = { method: "PUT", headers: { Authorization: `Simple ${key}` }, body: "one\ntwo" };
  await system.fetch("/v1/data/.my/files/lines.txt", texts);
  await ada.post("/v1/jobs", { map: "lab/echo@1.0.0", source: "data://.my/files/lines.txt", split: "lines" });
  // Samples of calls are gathered for a moment before they are stored.
  const profiles = join(stored, "do/orcade-Profile");
  for (let turn = 0; turn < 50 && !existsSync(profiles); turn++)
    await new Promise((resolve) => setTimeout(resolve, 100));
  await new Promise((resolve) => setTimeout(resolve, 500));
  await system.server.stop();
});
afterAll(() => rmSync(stored, { recursive: true, force: true }));

/** The databases of a class's objects. */
function databases(folder: string): DatabaseSync[] {
  const path = join(stored, folder);
  const files = readdirSync(path).filter((file) => file.endsWith(".sqlite") && file !== "metadata.sqlite");
  return files.map((file) => new DatabaseSync(join(path, file)));
}

const tablesOf = (db: DatabaseSync): string[] =>
  db
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table'")
    .all()
    .map((row) => String(row["name"]))
    .filter((name) => !name.startsWith("_cf_") && !name.startsWith("sqlite_"));

/** Classes that this run does not reach, and where their tables are held against the register instead. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  Watch: "test/objects/profile",
  Signer: "test/api/receipts",
  Kept: "test/api/receipts",
};

test("every SQL table has its entry, and every entry its table", () => {
  for (const [className, entries] of Object.entries(TABLE_REGISTER)) {
    if (ELSEWHERE[className] !== undefined) continue;
    const found = new Set(databases(`do/orcade-${className}`).flatMap(tablesOf));
    expect([className, [...found].sort()]).toEqual([className, entries.map((entry) => entry.name).sort()]);
  }
  const classes = readdirSync(join(stored, "do")).map((folder) => folder.replace("orcade-", ""));
  const reached = Object.keys(TABLE_REGISTER).filter((className) => ELSEWHERE[className] === undefined);
  expect(classes.filter((className) => ELSEWHERE[className] === undefined).sort()).toEqual(reached.sort());
});

test("every KV key begins with a registered prefix, and every prefix is in use", () => {
  const keys = databases("kv/miniflare-KVNamespaceObject").flatMap((db) =>
    db
      .prepare("SELECT key FROM _mf_entries")
      .all()
      .map((row) => String(row["key"])),
  );
  for (const key of keys) expect(KV_REGISTER.filter((entry) => key.startsWith(entry.name))).toHaveLength(1);
  for (const entry of KV_REGISTER) expect(keys.some((key) => key.startsWith(entry.name))).toBe(true);
});

/** The files under the state directory that hold some bytes. */
function filesWith(bytes: string): readonly string[] {
  return readdirSync(stored, { recursive: true, encoding: "utf8", withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => readIfThere(file).includes(bytes));
}

/** SQLite's own files beside a database come and go while the server runs. */
function readIfThere(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    if (file.endsWith("-shm") || file.endsWith("-wal")) return Buffer.alloc(0);
    throw error;
  }
}

test("no API key is stored anywhere, only its hash", () => {
  expect(filesWith(key)).toEqual([]);
  expect(filesWith(TOKEN)).toEqual([]);
  // The same search finds what is stored: the key's hash, in the account's and the keyring's objects and in KV.
  const found = filesWith(sha256OfText(key)).map((file) => file.slice(stored.length + 1).split("/")[1]);
  expect(new Set(found)).toEqual(
    new Set([
      "orcade-Account",
      "orcade-Keyring",
      "orcade-Directory",
      "orcade-Run",
      "orcade-Errand",
      "orcade-Job",
      "orcade-Shard",
      "miniflare-KVNamespaceObject",
    ]),
  );
});

test("asking for what does not exist leaves nothing behind", () => {
  expect(databases("do/orcade-Algorithm").filter((db) => tablesOf(db).length > 0)).toHaveLength(3);
  expect(databases("do/orcade-State").filter((db) => tablesOf(db).length > 0)).toHaveLength(1);
});
