// What `orcade admin import` says of archives that are none: every fault with its line, and nothing is sent.
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { LINE_BYTES } from "../../cli/import/archive.ts";
import { checkArchive } from "../../cli/import/check.ts";
import { KEY, orcade, temporaryFolder } from "./harness.ts";

const HEAD = { record: "archive", format: "orcade-import/1" };
const ADA = { record: "user", name: "Ada_x" };
const ID = "5f0d5a3e-9b1c-4c0e-8a55-0123456789ab";
const DATA = { record: "collection", owner: "ada_x", name: "d" };
const md5 = (text: string): string => createHash("md5").update(text).digest("hex");
const base64 = (text: string): string => Buffer.from(text).toString("base64");
const file = (name: string, text: string, more: object = {}): object => ({
  record: "file",
  owner: "Ada_x",
  collection: "d",
  name,
  size: text.length,
  md5: md5(text),
  data: base64(text),
  ...more,
});
const algorithm = (name: string, more: object = {}): object => ({
  record: "algorithm",
  owner: "Ada_x",
  name,
  id: ID,
  ...more,
});

function written(text: string | readonly object[]): string {
  const path = join(temporaryFolder(), "archive.ndjson.gz");
  const lines = typeof text === "string" ? text : text.map((each) => JSON.stringify(each)).join("\n");
  writeFileSync(path, gzipSync(lines));
  return path;
}

/** Title, records, and what is said of which line. */
const FAULTS: readonly (readonly [title: string, records: readonly object[], line: number, says: RegExp])[] = [
  ["nothing", [], 0, /the archive is empty/],
  ["no header", [ADA], 1, /the first record must be the archive's own/],
  ["two headers", [HEAD, HEAD], 2, /one record of its own/],
  ["another format", [{ ...HEAD, format: "orcade-import/9" }], 1, /orcade-import\/1/],
  ["a record that nobody knows", [HEAD, { record: "planet" }], 2, /record/],
  ["a field that nobody knows", [HEAD, { ...ADA, colour: "red" }], 2, /colour/],
  ["a name that is none", [HEAD, { ...ADA, name: "ä" }], 2, /a letter, then letters/],
  ["a reserved name", [HEAD, { ...ADA, name: "orcade" }], 2, /is the platform's/],
  ["a name twice", [HEAD, ADA, { ...ADA, name: "ADA_X" }], 3, /stands twice/],
  [
    "an id twice",
    [HEAD, { ...ADA, id: ID }, { record: "user", name: "Bob_x", id: ID.toUpperCase() }],
    3,
    /the id .* stands twice/,
  ],
  ["an organisation of nobody", [HEAD, { record: "organization", name: "G", owners: ["bob"] }], 2, /bob is no user/],
  [
    "a key and its hash",
    [HEAD, ADA, { record: "key", account: "Ada_x", key: "k", sha256: "0".repeat(64) }],
    3,
    /either key or sha256/,
  ],
  ["neither", [HEAD, ADA, { record: "key", account: "Ada_x" }], 3, /either key or sha256/],
  ["a key of nobody", [HEAD, { record: "key", account: "bob", key: "k" }], 2, /bob is no account/],
  [
    "a key twice",
    [HEAD, ADA, ...[1, 2].map(() => ({ record: "key", account: "Ada_x", key: "k" }))],
    4,
    /the key stands twice/,
  ],
  ["an ACL that is none", [HEAD, ADA, { ...DATA, read: ["bob"] }], 3, /read/],
  ["a collection twice", [HEAD, ADA, DATA, DATA], 4, /stands twice/],
  ["an algorithm without an id", [HEAD, ADA, { record: "algorithm", owner: "Ada_x", name: "a" }], 3, /id/],
  [
    "look-alikes",
    [HEAD, ADA, algorithm("al"), algorithm("a1", { id: ID.replace("5f", "6f") })],
    4,
    /looks like Ada_x\/al/,
  ],
  ["a default that is not there", [HEAD, ADA, algorithm("a", { default_collection: "d" })], 3, /no collection d/],
  [
    "a version of nothing",
    [
      HEAD,
      ADA,
      {
        record: "version",
        owner: "Ada_x",
        manifest: { name: "a", version: "1.0.0", summary: "s", input: { kind: "text" }, output: { kind: "text" } },
        module: "AGFzbQ==",
      },
    ],
    3,
    /is no algorithm/,
  ],
  [
    "a manifest that is none",
    [HEAD, ADA, algorithm("a"), { record: "version", owner: "Ada_x", manifest: { name: "a" }, module: "" }],
    4,
    /manifest/,
  ],
  ["a file without its collection", [HEAD, ADA, file("f", "x")], 3, /is no collection/],
  ["a file with a wrong size", [HEAD, ADA, DATA, file("f", "text", { size: 9 })], 4, /has 4 bytes, not 9/],
  ["a file with a wrong MD5", [HEAD, ADA, DATA, file("f", "text", { md5: md5("other") })], 4, /has not the MD5/],
  ["a file that is not base64", [HEAD, ADA, DATA, file("f", "text", { data: "*" })], 4, /base64/i],
  [
    "a gap between pieces",
    [
      HEAD,
      ADA,
      DATA,
      file("f", "abcdef", { data: base64("abc") }),
      file("f", "abcdef", { data: base64("ef"), offset: 4 }),
    ],
    5,
    /does not begin where the one before ends/,
  ],
  ["the wrong order", [HEAD, ADA, algorithm("a"), DATA], 4, /a collection comes before every algorithm/],
];

describe("an archive with a fault is refused before anything is sent", () => {
  test.each(FAULTS)("%s", async (_, records, line, says) => {
    const { faults } = await checkArchive(written(records));
    expect(faults.map((fault) => `line ${fault.line}: ${fault.message}`)).toEqual(
      expect.arrayContaining([expect.stringMatching(new RegExp(`^line ${line}: .*${says.source}`, "s"))]),
    );
  });

  test("a line that is not JSON, or not UTF-8, or too long", async () => {
    const text = `${JSON.stringify(HEAD)}\n{"record":\n\n"\u{1f600}`;
    const { faults } = await checkArchive(written(text));
    expect(faults.map(({ line }) => line)).toEqual([2, 4]);
    const long = `${JSON.stringify(HEAD)}\n"${"x".repeat(LINE_BYTES)}"\n${JSON.stringify(ADA)}`;
    const found = await checkArchive(written(long));
    expect(found.faults).toEqual([{ line: 2, message: `is over ${LINE_BYTES} bytes long` }]);
    expect(found.counts.user).toBe(1);
  });

  test("no gzip, a gzip that is cut off, no file: one sentence, exit code 1", async () => {
    const path = join(temporaryFolder(), "archive.ndjson.gz");
    writeFileSync(path, "plain");
    const cut = written([HEAD, ADA]);
    writeFileSync(cut, gzipSync(Buffer.alloc(100_000, "x")).subarray(0, 60));
    for (const each of [path, cut, `${path}.not`]) {
      const ran = await orcade(["admin", "import", each, "--address", "http://127.0.0.1:1", "--key", KEY]);
      expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining("cannot be read to its end")]);
    }
    const faulty = await orcade(["admin", "import", written([ADA]), "--address", "http://127.0.0.1:1", "--key", KEY]);
    expect([faulty.code, faulty.stderr]).toEqual([1, expect.stringContaining("line 1: the first record must be")]);
  });

  test("a whole one counts what it holds", async () => {
    const text = "abcdef";
    const records = [
      { ...HEAD, source: "s", created: "2022-01-01" },
      ADA,
      DATA,
      algorithm("a", { default_collection: "d" }),
      file("f", text, { data: base64("abc") }),
      file("f", text, { data: base64("def"), offset: 3 }),
      file("empty", ""),
    ];
    const { counts, bytes, faults } = await checkArchive(written(records));
    expect([faults, bytes, counts]).toEqual([
      [],
      6,
      { user: 1, organization: 0, key: 0, collection: 1, algorithm: 1, version: 0, file: 2 },
    ]);
  });
});
