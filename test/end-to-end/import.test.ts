// `orcade admin import`: an archive (of 20 accounts and 50 algorithms in the torture), cut off again and again by killing the command and the
// server with -9, comes to the same end as one that was left in peace.
import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, expect, test } from "vitest";
import { CHECKOUT } from "../../cli/io.ts";
import { temporaryFolder } from "../cli/harness.ts";
import { Client, manifestOf } from "../support/client.ts";
import { testModule } from "../support/modules.ts";
import { type System, TORTURE, randomFrom, seedOf, startSystem, untilHealthy } from "../support/server.ts";

const PEOPLE = TORTURE ? 16 : 5;
const ORGANIZATIONS = TORTURE ? 4 : 2;
const ALGORITHMS = TORTURE ? 50 : 9;
const COLLECTIONS = TORTURE ? 8 : 4;
/** The last of them come without a version, and begin with the template. */
const VERSIONED = TORTURE ? 6 : 2;
const KILLS = TORTURE ? 12 : 2;

const systems: System[] = [];
afterAll(() => Promise.all(systems.map((system) => system.end())));
async function server(): Promise<System> {
  const system = await startSystem();
  systems.push(system);
  return system;
}

const person = (n: number): string => `user_${n}_x`;
const group = (n: number): string => `Group_${n}_x`;
const ownerOf = (n: number): string => (n % 5 === 0 ? group(n % ORGANIZATIONS) : person(n % PEOPLE));
const uuid = (kind: string, n: number): string => {
  const hex = createHash("sha256").update(`${kind} ${n}`).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
};
/** Keys of all lengths: of 1 character, as Algorithmia's were, and far longer than ours. */
const keyText = (n: number): string => `${String.fromCharCode(97 + n)}${"k".repeat([0, 27, 300, 8_000][n % 4] ?? 0)}`;
const content = (n: number): Buffer => Buffer.alloc(n === 3 ? 2_500_000 : 10 + n, `file ${n} `);
const PIECE = 1_000_000;

function fileRecords(n: number): object[] {
  const bytes = content(n);
  const md5 = createHash("md5").update(bytes).digest("hex");
  const both = {
    record: "file",
    owner: person(n),
    collection: `data_${n}`,
    name: `f ${n}.bin`,
    size: bytes.length,
    md5,
  };
  const pieces: object[] = [];
  for (let offset = 0; offset < bytes.length; offset += PIECE)
    pieces.push({ ...both, offset, data: bytes.subarray(offset, offset + PIECE).toString("base64") });
  return pieces;
}

const range = (length: number): readonly number[] => Array.from({ length }, (_, n) => n);

function archive(): readonly object[] {
  const module = Buffer.from(testModule("echo")).toString("base64");
  return [
    { record: "archive", format: "orcade-import/1", source: "a test" },
    ...range(PEOPLE).map((n) => ({
      record: "user",
      name: person(n),
      id: uuid("user", n),
      email: `u${n}@example.org`,
      microcredits: 1_000_000_000 + n,
    })),
    ...range(ORGANIZATIONS).map((n) => ({
      record: "organization",
      name: group(n),
      owners: [person(n), person(n + 1)],
      members: [person(n + 2)],
      label: `Group ${n}`,
    })),
    ...range(PEOPLE).map((n) => ({ record: "key", account: person(n), key: keyText(n), label: `key ${n}` })),
    ...range(COLLECTIONS).map((n) => ({
      record: "collection",
      owner: person(n),
      name: `data_${n}`,
      read: n % 2 === 0 ? [] : ["user://*"],
    })),
    ...range(ALGORITHMS).map((n) => ({
      record: "algorithm",
      owner: ownerOf(n),
      name: `algo_${n}_x`,
      id: uuid("algorithm", n),
      details: { label: `Algorithm ${n}` },
      ...(ownerOf(n) === person(1) ? { default_collection: "data_1" } : {}),
    })),
    ...range(VERSIONED).map((n) => ({
      record: "version",
      owner: ownerOf(n),
      manifest: manifestOf({ name: `algo_${n}_x`, version: "2.1.0" }),
      module,
    })),
    ...range(COLLECTIONS).flatMap(fileRecords),
  ];
}

function written(records: readonly object[]): string {
  const path = join(temporaryFolder(), "archive.ndjson.gz");
  writeFileSync(path, gzipSync(records.map((each) => `${JSON.stringify(each)}\n`).join("")));
  return path;
}

interface Ended {
  readonly code: number | null;
  readonly out: string;
}
function command(
  system: System,
  args: readonly string[],
): { readonly child: ChildProcess; readonly ended: Promise<Ended> } {
  const env = { ...process.env, ORCADE_ADDRESS: system.server.url, ORCADE_API_KEY: system.ada.key };
  const child = spawn(process.execPath, [join(CHECKOUT, "cli", "main.ts"), "admin", "import", ...args], { env });
  let out = "";
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (out += chunk.toString()));
  return { child, ended: new Promise((resolve) => child.once("close", (code) => resolve({ code, out }))) };
}
const importing = (system: System, ...args: readonly string[]): Promise<Ended> => command(system, args).ended;

/** A line of what the command says: in the archive, made, there already. */
const said = (what: string, all: number, made: number): RegExp => new RegExp(`${what} +${all} +${made} +${all - made}`);

/** Moments, which differ from run to run. */
const TIME = /\d{4}-\d\d-\d\dT[\d:.]+Z/g;

/** Everything that an import brings, as the server shows it: without times and ids that it chose itself. */
async function stateOf(system: System): Promise<object> {
  const read = async (path: string, key = system.ada.key): Promise<unknown> => {
    const answer = await new Client(system.fetch, key).get(path);
    return [answer.status, JSON.parse((await answer.text()).replaceAll(TIME, "T"))];
  };
  const people = range(PEOPLE).map(async (n) => {
    const account = await (
      await new Client(system.fetch, keyText(n)).get("/v1/account")
    ).json<Record<string, unknown>>();
    const { balance_microcredits: balance, organizations, owned_organizations: owned } = account;
    return [await read(`/v1/users/${uuid("user", n)}`), balance, organizations, owned];
  });
  const algorithms = range(ALGORITHMS).map((n) => read(`/v1/algorithms/${uuid("algorithm", n)}`, keyText(n % PEOPLE)));
  const collections = range(COLLECTIONS).map((n) => read(`/v1/data/.my/data_${n}?acl=true`, keyText(n)));
  return {
    people: await Promise.all(people),
    algorithms: await Promise.all(algorithms),
    collections: await Promise.all(collections),
  };
}

test("cut off by kill -9 of command and server, it is run again to the same end", async () => {
  const random = randomFrom(seedOf("import kills"));
  const path = written(archive());
  const calm = await server();
  const whole = await importing(calm, path);
  expect([whole.code, whole.out]).toEqual([0, expect.stringMatching(said("algorithms", ALGORITHMS, ALGORITHMS))]);

  const torn = await server();
  let kills = 0;
  for (; kills < KILLS; kills++) {
    await untilHealthy(torn.fetch);
    const { child, ended } = command(torn, [path]);
    await new Promise((resolve) => setTimeout(resolve, 300 + random() * 1_500));
    if (kills % 2 === 0) child.kill("SIGKILL");
    else {
      const pid = torn.server.workerdPid();
      if (pid !== undefined) process.kill(pid, "SIGKILL");
      await new Promise((resolve) => setTimeout(resolve, random() * 300));
      child.kill("SIGKILL");
    }
    await ended;
  }
  await untilHealthy(torn.fetch);
  const last = await importing(torn, path);
  expect([last.code, last.out]).toEqual([0, expect.stringContaining("files")]);
  expect(await stateOf(torn)).toEqual(await stateOf(calm));
  // And once more: everything is there already.
  const again = await importing(torn, path);
  expect(again.out).toMatch(said("users", PEOPLE, 0));
  expect(again.out).toMatch(said("algorithms", ALGORITHMS, 0));
  expect(again.out).toMatch(said("files", COLLECTIONS, 0));

  // What it is for: old keys open old accounts, ids call algorithms, files are whole, organisations hold.
  const first = new Client(torn.fetch, keyText(1));
  const called = await first.call(uuid("algorithm", 1), new Uint8Array([1, 2]));
  expect(await called.json()).toMatchObject({ result: "AQI=" });
  const template = await torn.fetch(`/v1/algo/${uuid("algorithm", PEOPLE + 1)}`, {
    method: "POST",
    body: "you",
    headers: { Authorization: keyText(1), "Content-Type": "text/plain" },
  });
  expect(await template.json()).toMatchObject({ result: "hello you" });
  for (const n of range(COLLECTIONS)) {
    const got = await new Client(torn.fetch, keyText(n)).get(`/v1/data/.my/data_${n}/f%20${n}.bin`);
    expect(Buffer.from(await got.arrayBuffer()).equals(content(n))).toBe(true);
  }
});

test("a dry run says what would be made, and makes nothing; a name that stands already is never taken over", async () => {
  const system = systems[0] ?? (await server());
  const fresh = archive().filter((each) => ["archive", "user"].includes((each as { record: string }).record));
  const user = { record: "user", name: "Somebody_new" };
  const dry = await importing(system, written([...fresh, user]), "--dry-run");
  expect([dry.code, dry.out]).toEqual([0, expect.stringMatching(said("users", PEOPLE + 1, 1))]);
  expect((await system.ada.get("/v1/users/Somebody_new")).status).toBe(404);
  const refused = await importing(system, written([fresh[0] ?? {}, { record: "user", name: "Ada" }]), "--dry-run");
  expect([refused.code, refused.out]).toEqual([1, expect.stringContaining("Nothing was changed.")]);
  const over = await importing(system, written([fresh[0] ?? {}, { record: "user", name: "Ada" }]));
  expect([over.code, over.out]).toEqual([
    1,
    expect.stringMatching(/line 2 \(user\): Ada exists and did not come by an import/),
  ]);
  const other = {
    ...archive().find((each) => (each as { record: string }).record === "algorithm"),
    id: uuid("other", 1),
  };
  const owners = archive().filter((each) =>
    ["archive", "user", "organization"].includes((each as { record: string }).record),
  );
  const moved = await importing(system, written([...owners, other]));
  expect([moved.code, moved.out]).toEqual([1, expect.stringContaining(`exists with the id ${uuid("algorithm", 0)}`)]);
});
