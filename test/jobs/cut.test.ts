// Where files are cut: records stay whole, nothing is lost or comes twice, windows that cross a border are found once, and
// what a chunk is does not depend on who asked before.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cutsOf, finishedAt } from "../../worker/jobs/borders.ts";
import { type Chunk, Cutter } from "../../worker/jobs/cut.ts";
import { Elements } from "../../worker/jobs/elements.ts";
import type { Bytes, Cutting, Split } from "../../worker/jobs/split.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const readable = (size: number, read: Bytes["read"]): Bytes => {
  const readInto = (into: Uint8Array, from: number): void => into.set(read(from, from + into.length));
  return { size, read, readInto, pause: () => Promise.resolve() };
};
const file = (text: string): Bytes => {
  const bytes = encoder.encode(text);
  return readable(bytes.length, (from, below) => bytes.slice(from, below));
};

async function chunkOf(cutter: Cutter, from: number, below: number): Promise<Chunk> {
  const chunk = await cutter.chunk(from, below);
  if (!("input" in chunk)) throw new Error("too long");
  return chunk;
}

/** Cuts a text at every multiple of a length, in an order of one's own. */
async function chunks(text: string, cutting: Cutting, length: number, order: "forward" | "backward"): Promise<Chunk[]> {
  const cutter = new Cutter(cutting, file(text));
  const size = encoder.encode(text).length;
  const places = Array.from({ length: Math.ceil(size / length) }, (_, index) => index * length);
  const found: Chunk[] = [];
  for (const place of order === "forward" ? places : places.toReversed()) {
    found.push(await chunkOf(cutter, place, Math.min(size, place + length)));
  }
  return order === "forward" ? found : found.toReversed();
}

const own = ({ input, lead, own: length }: Chunk): string => decoder.decode(input.subarray(lead, lead + length));
const letters = (line: string): string => line.replace(/[^!-~]/g, "");

const fasta = fc
  .array(
    fc.tuple(
      fc.constantFrom("a", "b desc", "", "long name > with a sign", "x".repeat(40)),
      fc.array(fc.stringMatching(/^[ACGTN]{0,30}$/), { maxLength: 5 }),
    ),
    { minLength: 1, maxLength: 8 },
  )
  .chain((records) =>
    fc
      .constantFrom("\n", "\r\n")
      .map((end) =>
        records.map(([name, lines]) => `>${name}${end}${lines.map((line) => line + end).join("")}`).join(""),
      ),
  );
const lines = fc
  .array(fc.stringMatching(/^[a-z >]{0,12}$/), { minLength: 1, maxLength: 30 })
  .map((all) => all.join("\n"));
const bytes = fc.string({ minLength: 1, maxLength: 60 });

const SOURCES: readonly (readonly [Split, fc.Arbitrary<string>])[] = [
  ["lines", lines],
  ["records:fasta", fasta],
  ["bytes", bytes],
];

describe.each(SOURCES)("%s", (split, source) => {
  test("chunks hold whole records, all of them, each once, whatever was asked before", async () => {
    await fc.assert(
      fc.asyncProperty(source, fc.integer({ min: 1, max: 80 }), async (text, length) => {
        const cutting = { split, overlap: 0 };
        const forward = await chunks(text, cutting, length, "forward");
        expect(await chunks(text, cutting, length, "backward")).toEqual(forward);
        expect(forward.map(own).join("")).toBe(decoder.decode(encoder.encode(text)));
        for (const chunk of forward.slice(1).filter(({ input }) => input.length > 0)) {
          const before = text.slice(0, chunk.from);
          if (split !== "bytes") expect(before.endsWith("\n")).toBe(true);
          if (split === "records:fasta") expect(own(chunk)).toMatch(/^>/);
        }
      }),
    );
  });

  test("a chunk is cut into parts that are strictly smaller, whole, and the same as when they are asked for", async () => {
    await fc.assert(
      fc.asyncProperty(
        source,
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: 2, max: 16 }),
        async (text, length, parts) => {
          const cutting = { split, overlap: 0 };
          for (const chunk of await chunks(text, cutting, length, "forward")) {
            const cuts = cutsOf(cutting, chunk, 0, parts);
            const places = [0, ...cuts, chunk.own].map((offset) => chunk.from + offset);
            const cutter = new Cutter(cutting, file(text));
            const pieces: Chunk[] = [];
            for (const [index, from] of places.slice(0, -1).entries())
              pieces.push(await chunkOf(cutter, from, places[index + 1] ?? 0));
            expect(pieces.map(own).join("")).toBe(own(chunk));
            if (cuts.length > 0) for (const piece of pieces) expect(piece.own).toBeGreaterThan(0);
            for (const cut of cuts) expect(finishedAt(cutting, chunk, cut)).toBe(cut);
          }
        },
      ),
    );
  });
});

/** All windows of letters within records, with their record and place. */
function windows(text: string, width: number): string[] {
  return text
    .split(/^>/m)
    .slice(1)
    .flatMap((record, index) => {
      const [, ...rest] = record.split("\n");
      const sequence = rest.map(letters).join("");
      return Array.from(
        { length: Math.max(0, sequence.length - width + 1) },
        (_, at) => `${index} ${at} ${sequence.slice(at, at + width)}`,
      );
    });
}

describe("sequences cut between letters", () => {
  /** The windows that a mapper would count as its own: those that begin before the letters that are extra. */
  function owned(text: string, { input, skip, extra, from }: Chunk, width: number): string[] {
    const records = decoder.decode(input).split(/^>/m).slice(1);
    const before =
      text.slice(0, from).split(/^>/m).length - 1 - (skip > 0 || !text.slice(from).startsWith(">") ? 1 : 0);
    return records.flatMap((record, index) => {
      const sequence = record.split("\n").slice(1).map(letters).join("");
      const last = index === records.length - 1;
      const mine = sequence.length - (last ? extra : 0);
      const starts = Math.min(mine, Math.max(0, sequence.length - width + 1));
      const offset = index === 0 ? skip : 0;
      return Array.from(
        { length: starts },
        (_, at) => `${before + index} ${offset + at} ${sequence.slice(at, at + width)}`,
      );
    });
  }

  test("every window of every record is some chunk's own, exactly once, with its place", async () => {
    await fc.assert(
      fc.asyncProperty(
        fasta,
        fc.integer({ min: 1, max: 90 }),
        fc.integer({ min: 2, max: 9 }),
        async (text, length, width) => {
          const cutting: Cutting = { split: "records:fasta", overlap: width - 1 };
          const all = await chunks(text, cutting, length, "forward");
          expect(await chunks(text, cutting, length, "backward")).toEqual(all);
          const found = all.flatMap((chunk) => owned(text, chunk, width));
          expect(found.toSorted()).toEqual(windows(text, width).toSorted());
        },
      ),
      { numRuns: 300 },
    );
  });

  test("a part of a chunk begins with the header, and knows how many letters stand before it", async () => {
    const text = `>one\n${"ACGT\n".repeat(20)}>two\nGG\n`;
    const cutting: Cutting = { split: "records:fasta", overlap: 3 };
    const cutter = new Cutter(cutting, file(text));
    const middle = await chunkOf(cutter, 30, 60);
    expect(middle).toMatchObject({ from: 30, to: 60, skip: 20, extra: 3, lead: 5, own: 30 });
    expect(decoder.decode(middle.input)).toMatch(/^>one\nACGT/);
    for (const cut of cutsOf(cutting, middle, 0, 4)) {
      const part = await chunkOf(cutter, middle.from + cut, 60);
      expect(own(part)).toBe(own(middle).slice(cut));
    }
    expect(finishedAt(cutting, middle, 5 + 11)).toBe(11);
    expect(finishedAt(cutting, middle, 3)).toBeNull();
    expect(finishedAt(cutting, middle, 5 + 31)).toBeNull();
  });
});

describe("a JSON array", () => {
  const values = fc.array(fc.jsonValue({ maxDepth: 3 }), { maxLength: 12 });

  test("is cut into arrays of its elements", async () => {
    await fc.assert(
      fc.asyncProperty(
        values,
        fc.constantFrom(undefined, 1, "\t"),
        fc.integer({ min: 1, max: 4 }),
        async (array, indent, each) => {
          const text = ` ${JSON.stringify(array, null, indent)}\n`;
          const source = file(text);
          const places: number[] = [];
          const elements = new Elements((place) => places.push(place));
          for (let at = 0; at < source.size; at += 3) elements.feed(source.read(at, Math.min(source.size, at + 3)), at);
          const end = elements.close();
          expect(places).toHaveLength(array.length);
          const cutter = new Cutter({ split: "json-array", overlap: 0 }, source);
          const found: unknown[] = [];
          for (let index = 0; index < places.length; index += each) {
            const chunk = await chunkOf(cutter, places[index] ?? 0, places[index + each] ?? Number(end));
            found.push(...(JSON.parse(decoder.decode(chunk.input)) as unknown[]));
            const count = Math.min(each, places.length - index);
            expect(finishedAt({ split: "json-array", overlap: 0 }, chunk, count)).toBe(chunk.own);
            if (count > 1) {
              const cut = finishedAt({ split: "json-array", overlap: 0 }, chunk, 1);
              expect(chunk.from + (cut ?? 0)).toBe(places[index + 1]);
              expect(cutsOf({ split: "json-array", overlap: 0 }, chunk, 0, 16)).not.toHaveLength(0);
            }
          }
          expect(found).toEqual(JSON.parse(text));
        },
      ),
    );
  });

  test.each([
    ['{"a": 1}', "not-an-array"],
    ["", "not-an-array"],
    ["[1, 2", "unclosed"],
    ['["]', "unclosed"],
    ["[1] 2", "trailing"],
    ["[1,2,,]", "no-element"],
    ["[1,2, ]", "no-element"],
    ["[,1]", "no-element"],
    ["[1,,2]", "no-element"],
  ])("%s is none: %s", (text, fault) => {
    const elements = new Elements(() => undefined);
    elements.feed(encoder.encode(text), 0);
    expect(elements.close()).toBe(fault);
  });
});

describe("records longer than an input", () => {
  const big = (length: number): Bytes =>
    readable(length + 2_000, (from, below) =>
      Uint8Array.from({ length: below - from }, (_, index) =>
        from + index < 1_000 || from + index >= length + 1_000 ? ((from + index) % 10 === 9 ? 10 : 65) : 66,
      ),
    );

  test("one record is too long by itself; with others before it, it is cut off", async () => {
    const length = 11 * 1024 * 1024;
    const cutter = new Cutter({ split: "lines", overlap: 0 }, big(length));
    expect(await cutter.chunk(0, 2_000)).toEqual({ from: 0, to: length + 1_004, cut: 10 });
    expect(await cutter.chunk(1_000, 2_000)).toMatchObject({ cut: null });
    expect(await cutter.chunk(5_000_000, 6_000_000)).toMatchObject({ own: 0 });
    expect(await chunkOf(cutter, 0, 1_000)).toMatchObject({ from: 0, to: 1_000 });
  });
});
