// genome/kmers of a file in the data API: the same answers, and the same errors, as of the text in one piece, wherever the
// ranges end that it is read in; and in the same memory, however long the file is.
import * as fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { build, type Caller, genome, type Request } from "./genome-kmers.support.ts";

const RANGE = 2 * 1024 * 1024;
const PATH = "data://ada/genomes/some.fasta";
const utf8 = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(new TextEncoder().encode(text));

/** A file that hands out fewer bytes than it is asked for: so many each time, over and over. */
class Reluctant extends Uint8Array<ArrayBuffer> {
  pieces: readonly number[] = [1];
  #next = 0;

  static file(bytes: Uint8Array<ArrayBuffer>, pieces: readonly number[]): Reluctant {
    const file = new Reluctant(bytes.buffer);
    file.pieces = pieces;
    return file;
  }

  override slice(from = 0, to = this.length): Uint8Array<ArrayBuffer> {
    const most = this.pieces[this.#next++ % this.pieces.length] ?? 1;
    return new Uint8Array(this.buffer.slice(from, Math.min(to, from + most)));
  }
}

/** A file that is not held anywhere: a record of one sequence over and over. */
class Made extends Uint8Array<ArrayBuffer> {
  size = 0;
  override get length(): number {
    return this.size;
  }

  override slice(from = 0, to = this.size): Uint8Array<ArrayBuffer> {
    const end = Math.min(to, this.size);
    const bytes = Buffer.alloc(end - from, "ACGT");
    if (from === 0) bytes.write(">a\n");
    return new Uint8Array(bytes);
  }
}

const made = (size: number): ReadonlyMap<string, Uint8Array> =>
  new Map([[PATH, Object.assign(new Made(new ArrayBuffer(0)), { size })]]);

let kmers: Caller;
beforeAll(async () => {
  kmers = await build();
});

/** The answer's bytes, or the error. */
function told(request: Request, data?: ReadonlyMap<string, Uint8Array>): string {
  try {
    return kmers.text(request, data);
  } catch (error) {
    return (error as Error).message;
  }
}

const file = (text: string | Uint8Array<ArrayBuffer>): ReadonlyMap<string, Uint8Array> =>
  new Map([[PATH, typeof text === "string" ? utf8(text) : text]]);

type Options = Omit<Request, "fasta" | "source">;

/** Asks the same of a text and of a file with it. */
function same(text: string, options: Options, data = file(text)): void {
  expect(told({ ...options, source: PATH }, data)).toBe(told({ ...options, fasta: text }));
}

const runs = process.env["ORCADE_TORTURE"] === undefined ? 30 : 2_000;
const letters = fc.constantFrom(
  ...Array.from("ACGTACGTacgtnNURYryk-"),
  "ACGTTGCAACGGTTACGATCAGTACCA",
  "NNNNNNNNNNNNNNNNNNNN",
  "AAAAAAAAAAAAAAAA",
  "\n",
  "\r\n",
  "\r",
  "\n\n",
  " \t",
);
const wrong = fc.constantFrom("!", ">", "é", "\u0000", ">b\n", "\n>c d e\r\n");
const piece = fc.oneof({ weight: 40, arbitrary: letters }, { weight: 1, arbitrary: wrong });
const text = fc
  .array(
    fc.tuple(
      fc.constantFrom(">a", ">b b", ">", "> x", ">ä\t", "\n>é \r", ">c\r"),
      fc.constantFrom("\n", "\r\n", "\r"),
      fc.array(piece),
    ),
    { maxLength: 5 },
  )
  .map((list) => list.map(([header, end, sequence]) => header + end + sequence.join("")).join("\n"));
const pieces = fc.array(fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 80 })), { minLength: 1 });
const options = fc.record({
  k: fc.integer({ min: 1, max: 12 }),
  form: fc.constantFrom("sparse", "none", "dense"),
});

describe("any split of any text into ranges", () => {
  it("gives the bytes, or the error, of the whole", () => {
    const property = fc.property(text, pieces, options, (fasta, sizes, { k, form }) => {
      const asked = { k: form === "dense" ? Math.min(k, 6) : k, form } as const;
      same(fasta, asked, new Map([[PATH, Reluctant.file(utf8(fasta), sizes)]]));
    });
    fc.assert(property, { numRuns: runs });
  });

  it("with fingerprints, and with distances, for which it is read whole", () => {
    const property = fc.property(text, pieces, fc.boolean(), (fasta, sizes, pairs) => {
      const data = new Map([[PATH, Reluctant.file(utf8(fasta), sizes)]]);
      same(fasta, { k: 3, fingerprint: true }, data);
      same(fasta, { k: 3, fingerprint: true, against: "first", pairs }, data);
    });
    fc.assert(property, { numRuns: runs / 2 });
  });

  it("at every place of a text that has every kind of thing", () => {
    const fasta =
      "\r\n \r\n>one two\r\nACGTNacgu\r\nAC-GT\r>\n>two\r\rACGTACGTACGTACGTACGTACGTACGTACGT\n\n>ä ö\nRYSWKMBDHVN\nACG";
    const bytes = utf8(fasta);
    for (let first = 1; first < bytes.length; first++) {
      same(fasta, { k: 3 }, new Map([[PATH, Reluctant.file(bytes, [first, bytes.length])]]));
    }
  });
});

describe("ranges as they are", () => {
  const word = genome(5_000, 3);

  it.each([1, 7, 9, 12])("k = %i: a record over several, and short ones over a border", (k) => {
    const long = word.repeat(600).replaceAll("ACGTA", "ACnTA\n");
    const short = Array.from({ length: 40 }, (_, i) => `>${i}\n${genome(30_000, i)}\n`).join("");
    const form = k > 8 ? "none" : "sparse";
    same(`>long\n${long}\n${short}>last`, { k, form });
    same(`${short}>long\n${long}`, { k: k, form: "none" });
  });

  it.each([10, 12])("k = %i: all counts of a record over a border", (k) => {
    same(`>a\n${"N".repeat(RANGE - 300_000)}${genome(600_000, k)}\n>b\n${genome(300, 1)}`, { k });
  });

  it("a line end on each side of a border, and a header over it", () => {
    for (const before of ["\r\n>b\r\nAC", "\r\r>b"]) {
      for (let shift = 0; shift < before.length; shift++) {
        const wrong = shift % 2 === 0 ? "!" : "";
        same(`>a\n${"A".repeat(RANGE - 3 - shift)}${before}GT${wrong}`, { k: 4 });
      }
    }
  });

  it("a file longer than all memory", () => {
    const size = process.env["ORCADE_TORTURE"] === undefined ? 68_000_000 : 700_000_000;
    const [entry] = kmers.call({ source: PATH, k: 6, form: "sparse" }, made(size));
    expect(entry).toMatchObject({ id: "a", length: size - 3, windows: size - 8, valid: size - 8, distinct: 4 });
  });

  it("more k-mers than an answer holds: refused as soon as that is known; only how many they are is told", () => {
    const fasta = `>a\n${genome(2_400_000, 5)}`;
    for (const k of [11, 12]) {
      expect(told({ source: PATH, k }, file(fasta))).toMatch(/^AnswerTooLarge: /);
      same(fasta, { k, form: "none" });
    }
  });

  it("an answer of all the bytes that one may have", () => {
    const counted = `>${"x".repeat(100)}\n${genome(600_000, 11)}${"N".repeat(RANGE)}\n`;
    const rest = 15 * 1024 * 1024 - 1024 - kmers.text({ fasta: `${counted}>`, k: 12 }).length;
    const names = (bytes: number): string =>
      `>${"y".repeat(bytes % 60_000)}\n${`>${"y".repeat(59_944)}\n`.repeat(bytes / 60_000)}`;
    expect(rest).toBeGreaterThan(100_000);
    expect(told({ source: PATH, k: 12 }, file(counted + names(rest - 2_000)))).toMatch(/^\[\{"id"/);
    expect(told({ source: PATH, k: 12 }, file(counted + names(rest + 60_000)))).toMatch(/^AnswerTooLarge/);
  });
});

describe("what is refused", () => {
  const k = 3;

  it.each<readonly [name: string, request: Request, error: RegExp]>([
    ["neither text nor file", { k }, /^InputError: give either "fasta", a text, or "source"/],
    ["both", { k, fasta: ">a", source: PATH }, /^InputError: give either/],
    ["another kind of path", { k, source: "s3://ada/genomes/a" }, /^InputError: \$\.source: expected "data:/],
    ["a file that is not there", { k, source: `${PATH}x` }, /^NoSource: data:.*x is not there, or may not be read/],
    ["the same, for distances", { k, source: `${PATH}x`, pairs: true }, /^NoSource: /],
    ["k that does not exist", { k: 13, source: PATH }, /^InputError: \$\.k/],
    ["dense numbers that no answer holds", { k: 11, source: PATH, form: "dense" }, /^AnswerTooLarge: dense/],
    ["a record of that id", { k, source: PATH, against: "b" }, /^InputError: \$\.against: no record/],
  ])("%s", (_, request, error) => {
    expect(told(request, file(">a\nACGT"))).toMatch(error);
  });

  it.each<readonly [name: string, bytes: Uint8Array<ArrayBuffer>, error: RegExp]>([
    ["nothing", utf8(""), /^FastaError: the text holds no record/],
    ["blank lines", utf8("\n \r\n"), /^FastaError: the text holds no record/],
    ["something else", utf8("{}"), /^FastaError: line 1: text before the first record/],
    ["gzip", Uint8Array.of(0x1f, 0x8b, 8, 0, 0), /^FastaError: line 1: the text is compressed \(gzip\)/],
    ["an id that is no text", Uint8Array.of(62, 65, 0xff, 10, 65), /^FastaError: record 1: its id is not UTF-8/],
    ["a picture", Uint8Array.of(0x89, 0x50, 0x4e, 0x47), /^FastaError: line 1: text before/],
  ])("a file of %s", (_, bytes, error) => {
    expect(told({ source: PATH, k }, file(bytes))).toMatch(error);
    expect(told({ source: PATH, k, pairs: true }, file(bytes))).toMatch(error);
  });

  it("an id of more than 64 KiB, and none of that", () => {
    const id = "x".repeat(65_536);
    expect(kmers.call({ source: PATH, k }, file(`>${id}`))[0]?.id).toBe(id);
    expect(told({ source: PATH, k }, file(`>${id}x`))).toBe("FastaError: record 1: its id is longer than 65536 bytes");
  });

  it("files over 2 GB, and over 10 MiB where distances are asked for; none of that", () => {
    expect(told({ source: PATH, k }, made(2_000_000_001))).toMatch(
      /^SourceTooLarge: .* 2000000001 bytes, of 2000000000/,
    );
    const ten = 10 * 1024 * 1024;
    expect(kmers.call({ source: PATH, k, form: "none", against: "a" }, made(ten))[0]?.length).toBe(ten - 3);
    expect(told({ source: PATH, k, pairs: true }, made(ten + 1))).toMatch(/^SourceTooLarge: .* for distances/);
  });

  it("a file that becomes shorter while it is read", () => {
    class Shrinking extends Made {
      override slice(from = 0, to = this.size): Uint8Array<ArrayBuffer> {
        return from === 0 ? super.slice(from, to) : new Uint8Array(0);
      }
    }
    const data = new Map([[PATH, Object.assign(new Shrinking(new ArrayBuffer(0)), { size: 5_000_000 })]]);
    expect(told({ source: PATH, k }, data)).toMatch(/^SourceChanged: /);
  });
});
