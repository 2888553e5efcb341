// bytes/gunzip against zlib, as Node has it: what it must accept, what it must refuse and by which name, and where its limits are.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { deflateRawSync, deflateSync, gzipSync, inflateRawSync, crc32, constants, type ZlibOptions } from "node:zlib";
import * as fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { buildAlgorithm, runLocal } from "../../algorithms/sdk/build/index.ts";
import { moduleOf } from "../../algorithms/sdk/build/wasm.ts";
import { LIMITS } from "../../worker/limits.ts";
import { dynamicBlocks, randomBytes } from "./bytes-gunzip.streams.ts";

const directory = join(import.meta.dirname, "../../algorithms/bytes/gunzip");
/** The constant of output.ts. */
const ANSWER_LIMIT = 11_795_712;

/** Of what is tried one after the other, and of random cases, one in so many: all of them in a torture run. */
const STEP = process.env["ORCADE_TORTURE"] === "1" ? 1 : 9;

let module: WebAssembly.Module;
/** The same with 4 MiB of memory: where the data is small, a fifth of the time. */
let small: WebAssembly.Module;
const SMALL = 3500;

/** @param changed files to use instead of the folder's */
async function build(memory: number, changed: readonly [string, string][] = []): Promise<WebAssembly.Module> {
  const authored: object = JSON.parse(readFileSync(join(directory, "algorithm.json"), "utf8"));
  const files = new Map([["algorithm.json", JSON.stringify({ ...authored, memory })], ...changed]);
  const built = await buildAlgorithm({ directory, files, write: false });
  if (!built.ok) throw new Error(built.error.message);
  return moduleOf(built.value.module);
}

beforeAll(async () => {
  module = await build(24);
  small = await build(4);
});

type Result = { readonly bytes: Buffer } | { readonly type: string; readonly message: string; readonly offset: number };

/** One call. Every failure must be of this algorithm's own making: a type of its list, and "byte N: ...". */
function gunzip(bytes: Uint8Array, by = bytes.length > SMALL ? module : small): Result {
  const result = runLocal(by, { kind: "bytes", bytes });
  if (!("error" in result)) return { bytes: Buffer.from(result.bytes.buffer, 0, result.bytes.length) };
  const { type, message } = result.error;
  if (!TYPES.includes(type) || !/^byte \d+: /.test(message)) throw new Error(`${type}: ${message}`);
  return { type, message, offset: Number(/\d+/.exec(message)?.[0]) };
}

const TYPES = [
  "Truncated",
  "BadHeader",
  "BadBlock",
  "BadHuffmanCode",
  "BadDistance",
  "BadChecksum",
  "BadSize",
  "DictionaryNeeded",
  "TrailingGarbage",
  "AnswerTooLarge",
];

function same(result: Result, wanted: Uint8Array): boolean {
  return "bytes" in result && result.bytes.equals(wanted);
}

/** Bytes as they occur: noise, few letters, runs, text that repeats itself near and far. */
const piece = fc.oneof(
  fc.tuple(fc.nat(), fc.nat(3000)).map(([seed, size]) => randomBytes(seed, size, 256)),
  fc.tuple(fc.nat(), fc.nat(3000), fc.integer({ min: 1, max: 20 })).map((each) => randomBytes(...each)),
  fc.tuple(fc.nat(255), fc.nat(9000)).map(([byte, size]) => Buffer.alloc(size, byte)),
  fc
    .tuple(fc.string({ minLength: 1, maxLength: 40 }), fc.nat(400))
    .map(([text, times]) => Buffer.from(text.repeat(times))),
);
const content = fc.array(fc.oneof(piece, fc.constant("again" as const)), { maxLength: 8 }).map((pieces) => {
  const all: Buffer[] = [];
  for (const each of pieces) all.push(each === "again" ? Buffer.concat(all).subarray(-20_000) : each);
  return Buffer.concat(all).subarray(0, 120_000);
});
const settings = fc.record({
  level: fc.integer({ min: 0, max: 9 }),
  strategy: fc.constantFrom(
    constants.Z_DEFAULT_STRATEGY,
    constants.Z_FILTERED,
    constants.Z_HUFFMAN_ONLY,
    constants.Z_RLE,
    constants.Z_FIXED,
  ),
  windowBits: fc.integer({ min: 9, max: 15 }),
  memLevel: fc.integer({ min: 1, max: 9 }),
});
const compressors: Record<string, (data: Uint8Array, options?: ZlibOptions) => Buffer> = {
  gzip: gzipSync,
  zlib: deflateSync,
  raw: deflateRawSync,
};
const format = fc.constantFrom("gzip", "zlib", "raw");

describe("what is whole", () => {
  it("comes out as it went in, whatever the format, level, strategy and window", () => {
    fc.assert(
      fc.property(content, settings, format, (data, options, name) =>
        same(gunzip(compressors[name]!(data, options)), data),
      ),
      { numRuns: Math.ceil(400 / STEP) },
    );
  });

  it("comes out at every size near the edges of the fast loop", () => {
    const data = randomBytes(7, 700, 3);
    for (let size = 0; size <= 700; size++) {
      const part = data.subarray(0, size);
      const compress = Object.values(compressors)[size % 3]!;
      expect(same(gunzip(compress(part, { level: 1 + (size % 9) })), part), `${size} bytes`).toBe(true);
    }
  });

  it("comes out at every distance, as a run longer than it", () => {
    for (let distance = 1; distance <= 70; distance++) {
      const unit = randomBytes(distance, distance, 256);
      const data = Buffer.concat(Array.from({ length: Math.ceil(1200 / distance) }, () => unit));
      expect(same(gunzip(deflateRawSync(data, { level: 9 })), data), `distance ${distance}`).toBe(true);
    }
  });

  it("may have several gzip members, empty ones too, whose windows do not mix", () => {
    const member = fc.tuple(content, settings);
    const members = fc.array(member, { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(members, (each) => {
        const file = Buffer.concat(each.map(([data, options]) => gzipSync(data, options)));
        return same(gunzip(file), Buffer.concat(each.map(([data]) => data)));
      }),
      { numRuns: Math.ceil(60 / STEP) },
    );
    const reaching = Buffer.concat([gzipSync("0123456789"), wrapped(BACK_TO_NOTHING, Buffer.from("ab"))]);
    expect(gunzip(reaching)).toMatchObject({ type: "BadDistance" });
  });

  it("may be as large as the input and the memory allow", () => {
    const noise = randomBytes(1, LIMITS.inputBytes - 60_000, 256);
    const tail = Buffer.alloc(ANSWER_LIMIT - noise.length, "tail");
    const data = Buffer.concat([noise, tail]);
    const file = gzipSync(data, { level: 1 });
    expect(file.length).toBeGreaterThan(LIMITS.inputBytes - 60_000);
    expect(file.length).toBeLessThanOrEqual(LIMITS.inputBytes);
    expect(same(gunzip(file), data)).toBe(true);
  });
});

/** A fixed block: a match of 3 bytes at distance 1, then the end. */
const BACK_TO_NOTHING = Uint8Array.of(0x03, 0x02, 0x00);

/** A gzip member around a deflate stream that holds `data`, by the header's flags and extra fields given. */
function wrapped(stream: Uint8Array, data: Uint8Array, flags = 0, fields: Uint8Array = new Uint8Array(0)): Buffer {
  const header = Buffer.concat([Uint8Array.of(0x1f, 0x8b, 8, flags, 1, 2, 3, 4, 0, 255), fields]);
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc32(data), 0);
  trailer.writeUInt32LE(data.length, 4);
  return Buffer.concat([header, stream, trailer]);
}

it("decompresses the sample of its manifest", () => {
  const { sample } = JSON.parse(readFileSync(join(directory, "algorithm.json"), "utf8")) as {
    sample: { base64: string };
  };
  expect(same(gunzip(Buffer.from(sample.base64, "base64")), Buffer.from("Hello, World!\n"))).toBe(true);
});

describe("gzip headers", () => {
  const data = Buffer.from("the same text, the same text");
  const stream = deflateRawSync(data);
  const extra = Buffer.concat([Uint8Array.of(5, 0), Buffer.from("x\0y\0z")]);
  const name = Buffer.from("file.txt\0");
  const comment = Buffer.from("\0");

  it("may hold any of the optional fields, in their order", () => {
    for (let flags = 0; flags < 32; flags++) {
      const fields = [flags & 4 ? extra : "", flags & 8 ? name : "", flags & 16 ? comment : ""];
      const before = Buffer.concat(fields.map((each) => Buffer.from(each)));
      const header = wrapped(stream, data, flags, before).subarray(0, 10 + before.length);
      const sum = crc32(header) & 0xffff;
      const check = flags & 2 ? Uint8Array.of(sum & 255, sum >> 8) : new Uint8Array(0);
      const file = wrapped(stream, data, flags, Buffer.concat([before, check]));
      expect(same(gunzip(file), data), `flags ${flags}`).toBe(true);
      if (!(flags & 2)) continue;
      file[header.length + 1]! ^= 1;
      expect(gunzip(file)).toMatchObject({ type: "BadChecksum", offset: header.length });
    }
  });

  it("are refused with a flag or a method that has no meaning", () => {
    for (const flag of [0x20, 0x40, 0x80]) {
      expect(gunzip(wrapped(stream, data, flag))).toMatchObject({ type: "BadHeader", offset: 3 });
    }
    const file = wrapped(stream, data);
    file[2] = 7;
    expect(gunzip(file)).toMatchObject({ type: "BadHeader", offset: 2 });
  });
});

describe("what is damaged", () => {
  const samples = [
    { name: "text", data: Buffer.from("It was the best of times, it was the worst of times, ".repeat(2)) },
    { name: "noise and a run", data: Buffer.concat([randomBytes(3, 30, 256), Buffer.alloc(90, 9)]) },
  ];

  it.each(samples)("is truncated after every proper prefix: $name", ({ data }) => {
    for (const compress of Object.values(compressors)) {
      for (const level of [0, 1, 9]) {
        const file = compress(data, { level });
        for (let size = 0; size < file.length; size += STEP) {
          expect(gunzip(file.subarray(0, size)), `${size} of ${file.length}`).toMatchObject({
            type: "Truncated",
            offset: size,
          });
        }
      }
    }
  });

  it.each(samples)("with any bit flipped is refused or still right: $name", ({ data }) => {
    for (const file of [gzipSync(data, { level: 9 }), deflateSync(data, { level: 0 })]) {
      for (let bit = 0; bit < file.length * 8; bit += STEP) {
        const changed = Buffer.from(file);
        changed[bit >> 3]! ^= 1 << (bit & 7);
        const result = gunzip(changed);
        expect("type" in result || result.bytes.equals(data), `bit ${bit}`).toBe(true);
      }
    }
  });

  it("with any bytes changed is refused or still right", () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(
        content,
        settings,
        fc.constantFrom(gzipSync, deflateSync),
        changes,
        (data, options, compress, each) => {
          const file = compress(data, options);
          for (const [at, by] of each) file[at % file.length]! ^= by;
          const result = gunzip(file);
          return "type" in result || result.bytes.equals(data);
        },
      ),
      { numRuns: Math.ceil(600 / STEP) },
    );
  });

  it("has its checksum and its size checked, and told where they stand", () => {
    const data = Buffer.from("some data");
    const gzip = gzipSync(data);
    const zlib = deflateSync(data);
    const at = (file: Buffer, fromEnd: number): Buffer => {
      const changed = Buffer.from(file);
      changed[file.length - fromEnd]! ^= 0x10;
      return changed;
    };
    expect(gunzip(at(gzip, 8))).toMatchObject({ type: "BadChecksum", offset: gzip.length - 8 });
    expect(gunzip(at(gzip, 1))).toMatchObject({ type: "BadSize", offset: gzip.length - 4 });
    expect(gunzip(at(zlib, 1))).toMatchObject({ type: "BadChecksum", offset: zlib.length - 4 });
  });

  it("has nothing after it", () => {
    for (const compress of Object.values(compressors)) {
      const file = compress(Buffer.from("some data"));
      for (const rest of ["\0", "PK", "\x1f\x8a", gzipSync("more").subarray(1).toString("latin1")]) {
        const result = gunzip(Buffer.concat([file, Buffer.from(rest, "latin1")]));
        expect(result).toMatchObject({ type: "TrailingGarbage", offset: file.length });
      }
    }
    const file = Buffer.concat([gzipSync("some data"), Uint8Array.of(0x1f)]);
    expect(gunzip(file)).toMatchObject({ type: "Truncated", offset: file.length });
  });

  it("needs no dictionary", () => {
    expect(gunzip(deflateSync("data", { dictionary: Buffer.from("data") }))).toMatchObject({
      type: "DictionaryNeeded",
    });
  });
});

/** What zlib says of a raw stream, in our terms; and how many bytes of it belong to the stream. */
function oracle(file: Uint8Array): { type: string } | { bytes: Buffer; used: number } {
  try {
    // The types do not know what `info` does to the result.
    const { buffer, engine } = inflateRawSync(file, { info: true }) as unknown as {
      buffer: Buffer;
      engine: { bytesWritten: number };
    };
    return { bytes: buffer, used: engine.bytesWritten };
  } catch (error) {
    const { message } = error as Error;
    const known = ORACLE.find(([pattern]) => pattern.test(message));
    if (known === undefined) throw error;
    return { type: known[1] };
  }
}

const ORACLE: readonly (readonly [RegExp, string])[] = [
  [/unexpected end of file/, "Truncated"],
  [/invalid block type|invalid stored block lengths|too many length or distance symbols/, "BadBlock"],
  [/invalid code lengths set|invalid bit length repeat|missing end-of-block/, "BadHuffmanCode"],
  [
    /invalid literal\/lengths set|invalid distances set|invalid literal\/length code|invalid distance code/,
    "BadHuffmanCode",
  ],
  [/invalid distance too far back/, "BadDistance"],
];

/** Whether we and zlib agree about a raw stream: on its bytes and its end, or on what is wrong. */
function agrees(file: Uint8Array, seen: Map<string, number>): boolean {
  const wanted = oracle(file);
  const name = "type" in wanted ? wanted.type : "whole";
  seen.set(name, (seen.get(name) ?? 0) + 1);
  const result = gunzip(file);
  if ("type" in wanted) return "type" in result && result.type === wanted.type;
  if (wanted.used === file.length) return same(result, wanted.bytes);
  const refused = "type" in result && result.type === "TrailingGarbage" && result.offset === wanted.used;
  return refused && same(gunzip(file.subarray(0, wanted.used)), wanted.bytes);
}

/** Raw data that is not taken for gzip or zlib, as zlib's own raw mode never does. */
function isRaw(file: Uint8Array): boolean {
  const [first = 0, second = 0] = file;
  if (first === 0x1f && second === 0x8b) return false;
  return (first & 15) !== 8 || first >> 4 > 7 || ((first << 8) | second) % 31 !== 0;
}

describe("zlib and we agree", () => {
  it("about damaged streams, and about what is wrong with them", () => {
    const seen = new Map<string, number>();
    const changes = fc.array(fc.tuple(fc.nat(60), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(content, settings, changes, (data, options, each) => {
        const file = deflateRawSync(data.subarray(0, 8000), options);
        for (const [at, by] of each) file[at % file.length]! ^= by;
        fc.pre(isRaw(file));
        return agrees(file, seen);
      }),
      { numRuns: Math.ceil(600 / STEP) },
    );
    for (const type of ["whole", "BadBlock", "BadHuffmanCode", "BadDistance", "Truncated"]) {
      expect(seen.get(type) ?? 0, type).toBeGreaterThan(0);
    }
  });

  it("about blocks with codes of every kind: complete, over-subscribed, incomplete, single, none", () => {
    const seen = new Map<string, number>();
    fc.assert(
      fc.property(dynamicBlocks, (file) => {
        fc.pre(isRaw(file));
        return agrees(file, seen);
      }),
      { numRuns: Math.ceil(1000 / STEP) },
    );
    for (const type of ["whole", "BadBlock", "BadHuffmanCode", "BadDistance", "Truncated"]) {
      expect(seen.get(type) ?? 0, type).toBeGreaterThan(0);
    }
  });

  it("about data that ends where a code of no symbol would stand", () => {
    // A dynamic block whose distances have no codes, cut after the bits of a length.
    const file = Buffer.from([101, 237, 1, 144, 36, 73, 146, 36, 73, 2, 3, 0, 0, 16, 0, 0, 0, 2]);
    const seen = new Map<string, number>();
    for (const zeros of [0, 1, 130, 134, 135, 136, 137, 140]) {
      for (let last = 0; last < 256; last += STEP) {
        const cut = Buffer.concat([file, Buffer.alloc(zeros), Uint8Array.of(last)]);
        expect(agrees(cut, seen), `${zeros} zeros and ${last}`).toBe(true);
      }
    }
  });

  it("about noise", () => {
    const noise = fc.uint8Array({ maxLength: 60 }).filter((file) => file.length > 1 && isRaw(file));
    const seen = new Map<string, number>();
    fc.assert(
      fc.property(noise, (file) => agrees(file, seen)),
      { numRuns: Math.ceil(600 / STEP) },
    );
  });
});

describe("the answer's limit", () => {
  it("fits the platform's, with its base64 and 1 KiB of JSON around it", () => {
    expect((ANSWER_LIMIT / 3) * 4 + 1024).toBe(LIMITS.answerBytes);
  });

  const last: Record<string, (size: number) => Buffer> = {
    "a match": (size) => Buffer.alloc(size),
    "a literal": (size) => Buffer.concat([Buffer.alloc(size - 1), Buffer.from("x")]),
    "a stored block": (size) => Buffer.alloc(size, "stored"),
  };

  it.each(Object.keys(last))("takes exactly so many bytes and not one more, the last in %s", (name) => {
    const level = name === "a stored block" ? 0 : 6;
    const compress = (size: number): Buffer => {
      // Level 0 stores, and would be larger than an input may be: all but the last bytes are compressed.
      if (level > 0) return gzipSync(last[name]!(size), { level });
      return Buffer.concat([gzipSync(Buffer.alloc(size - 6)), gzipSync(Buffer.from("stored"), { level })]);
    };
    const whole = gunzip(compress(ANSWER_LIMIT));
    expect("bytes" in whole && whole.bytes.length).toBe(ANSWER_LIMIT);
    expect(gunzip(compress(ANSWER_LIMIT + 1))).toMatchObject({ type: "AnswerTooLarge" });
  });

  it("stops a bomb where it would pass, not at its end", () => {
    const bomb = gzipSync(Buffer.alloc(200 * 1024 * 1024), { level: 9 });
    const result = gunzip(bomb);
    expect(result).toMatchObject({ type: "AnswerTooLarge", message: expect.stringContaining("11795712 bytes") });
    expect("offset" in result && result.offset).toBeLessThan(ANSWER_LIMIT / 1000);
  });

  it("holds wherever in a match, a run of literals or a stored block it falls", async () => {
    const source = readFileSync(join(directory, "output.ts"), "utf8");
    const changed = source.replace("((15 << 20) - 1024) / 4 * 3", "1000");
    expect(changed).not.toBe(source);
    const limited = await build(4, [["output.ts", changed]]);
    const noise = randomBytes(5, 3000, 256);
    for (let literals = 0; literals <= 320; literals += STEP) {
      // Much more follows, so that it is the fast loop that comes to the limit.
      const start = Buffer.concat([noise.subarray(0, literals), Buffer.alloc(1000 - literals, "ab")]);
      const rest = Buffer.concat([Buffer.alloc(literals % 7, "ab"), noise.subarray(0, 300)]);
      const options = { level: literals % 10 };
      expect(same(gunzip(deflateRawSync(start, options), limited), start)).toBe(true);
      const result = gunzip(deflateRawSync(Buffer.concat([start, rest]), options), limited);
      expect(result, `${literals}`).toMatchObject({ type: "AnswerTooLarge" });
    }
  });

  it("holds for all members together", () => {
    const half = gzipSync(Buffer.alloc(ANSWER_LIMIT / 2));
    expect(same(gunzip(Buffer.concat([half, half])), Buffer.alloc(ANSWER_LIMIT))).toBe(true);
    expect(gunzip(Buffer.concat([half, half, gzipSync("x")]))).toMatchObject({ type: "AnswerTooLarge" });
  });
});
