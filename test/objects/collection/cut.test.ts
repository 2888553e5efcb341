// Chunks of a collection's files, over its tables: no more at once than a message holds, and nothing of a collection that was
// deleted meanwhile.
import { describe, expect, test, vi } from "vitest";
import {
  COLLECTION_MIGRATIONS,
  CHUNK_BYTES,
  type FileRow,
  chunkPlace,
  collectionStatements,
} from "../../../kv-schema/tables/collection.ts";
import type { Cutting } from "../../../worker/jobs/split.ts";
import { LIMITS } from "../../../worker/limits.ts";
import { type CutAnswer, Cuts } from "../../../worker/objects/collection/cut.ts";
import { memoryDatabase } from "../../jobs/simulate.ts";

const MD5 = "d41d8cd98f00b204e9800998ecf8427e";
type Sql = ReturnType<typeof collectionStatements>;

function write(sql: Sql, bytes: Uint8Array): FileRow {
  sql.putPart(1, { number: 0, start: 0, bytes: bytes.length, md5: MD5 });
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES)
    sql.putChunk(chunkPlace(1, 0, at / CHUNK_BYTES), bytes.slice(at, at + CHUNK_BYTES).buffer);
  return { name: "f", upload: 1, size: bytes.length, md5: MD5, modified: 0 };
}

const kept = (bytes: Uint8Array): { sql: Sql; cuts: Cuts; file: FileRow } => {
  const sql = collectionStatements(memoryDatabase(COLLECTION_MIGRATIONS));
  return { sql, cuts: new Cuts(sql), file: write(sql, bytes) };
};

const spansOf = (size: number, length: number, below = size): { from: number; below: number }[] =>
  Array.from({ length: Math.ceil(below / length) }, (_, index) => ({
    from: index * length,
    below: Math.min(size, (index + 1) * length),
  }));

describe("what is cut at once", () => {
  const letters = new TextEncoder().encode("ACGT".repeat(64 * 1024));
  const header = new TextEncoder().encode(`>${"h".repeat(100_000)}\n`);
  const fasta = new Uint8Array([...header, ...letters]);
  const records = new TextEncoder().encode(`${"r".repeat(3 * 1024 * 1024)}\n`.repeat(6));
  const atRecords = Array.from({ length: 6 }, (_, index) => index * (3 * 1024 * 1024 + 1));

  test.each<[string, Uint8Array, Cutting, { from: number; below: number }[]]>([
    [
      "chunks that overlap",
      letters,
      { split: "bytes", overlap: LIMITS.jobOverlap },
      spansOf(letters.length, 64, 64_000),
    ],
    ["repeated headers", fasta, { split: "records:fasta", overlap: 1 }, spansOf(fasta.length, 64, 200_000)],
    [
      "records that stand out",
      records,
      { split: "lines", overlap: 0 },
      atRecords.map((from) => ({ from, below: from + 64 })),
    ],
  ])("of %s is what fits into a message, and the rest when it is asked for again", async (_, bytes, cutting, spans) => {
    const { cuts, file } = kept(bytes);
    const seen: number[] = [];
    for (let left = spans, turns = 0; left.length > 0 && turns < 50; turns++) {
      const answer = await cuts.cut(() => file, [{ file: "f", md5: MD5, spans: left }], cutting);
      expect(answer).toMatchObject({ ok: true });
      const { chunks, inputs } = (answer as { value: CutAnswer }).value;
      expect(inputs.length).toBeLessThanOrEqual(LIMITS.jobBatchBytes);
      expect(chunks.length).toBeGreaterThan(0);
      const length = chunks.reduce((sum, chunk) => sum + ("length" in chunk ? chunk.length : 0), 0);
      expect(length).toBe(inputs.length);
      seen.push(chunks.length);
      left = left.slice(chunks.length);
    }
    expect(seen.length).toBeGreaterThan(1);
    expect(seen.reduce((sum, count) => sum + count, 0)).toBe(spans.length);
  });

  test("of several files is no more together, and a file that finds no room waits", async () => {
    const { cuts, file } = kept(records);
    const spans = atRecords.slice(0, 3).map((from) => ({ from, below: from + 64 }));
    const request = { file: "f", md5: MD5, spans };
    const answer = await cuts.cut(() => file, [request, request, request], { split: "lines", overlap: 0 });
    const { chunks, inputs } = (answer as { value: CutAnswer }).value;
    expect([chunks.length, inputs.length]).toEqual([3, 3 * (3 * 1024 * 1024 + 1)]);
  });

  test("asked for in pieces has one input at least in each, and is read from the store once", async () => {
    const { sql, cuts, file } = kept(new TextEncoder().encode("a line of 32 bytes, less or more\n".repeat(300_000)));
    const read = vi.spyOn(sql, "chunk");
    const spans = Array.from({ length: Math.ceil(file.size / 700_000) }, (_, index) => ({
      from: index * 700_000,
      below: Math.min(file.size, (index + 1) * 700_000),
    }));
    const texts: Uint8Array[] = [];
    const sizes: number[] = [];
    for (let left = spans; left.length > 0;) {
      const room = { most: LIMITS.jobBatchBytes, aim: sizes.length < 3 ? 1 : 2_000_000 };
      const asked = [{ file: "f", md5: MD5, spans: left }];
      const answer = await cuts.cut(() => file, asked, { split: "lines", overlap: 0 }, room);
      const { chunks, inputs } = (answer as { value: CutAnswer }).value;
      sizes.push(chunks.length);
      texts.push(inputs);
      left = left.slice(chunks.length);
    }
    expect(sizes.slice(0, 5)).toEqual([1, 1, 1, 2, 2]);
    expect(Buffer.concat(texts).toString()).toBe("a line of 32 bytes, less or more\n".repeat(300_000));
    expect(read.mock.calls.length).toBeLessThanOrEqual(Math.ceil(file.size / CHUNK_BYTES));
  });

  test("holds the longest input there may be", () => {
    expect(LIMITS.jobBatchBytes).toBeGreaterThanOrEqual(LIMITS.inputBytes);
  });
});

describe("a collection that is deleted while it is cut", () => {
  test.each(["lines", "records:fasta", "bytes"] as const)("is read no more (%s)", async (split) => {
    const { sql, cuts, file } = kept(new TextEncoder().encode(">mine\nmine\n"));
    const ask = { file: "f", md5: MD5, spans: [{ from: 0, below: file.size }] };
    const before = await cuts.cut(() => file, [ask], { split, overlap: 0 });
    expect(new TextDecoder().decode((before as { value: CutAnswer }).value.inputs)).toBe(">mine\nmine\n");
    const cutting = cuts.cut(() => file, [ask], { split, overlap: 0 });
    cuts.clear();
    write(sql, new TextEncoder().encode(">else\nelse\n"));
    expect(await cutting).toEqual({ ok: false, error: { reason: "changed", file: "f" } });
    // What is made anew is another's to read.
    const after = await cuts.cut(() => file, [ask], { split, overlap: 0 });
    expect(new TextDecoder().decode((after as { value: CutAnswer }).value.inputs)).toBe(">else\nelse\n");
  });
});
