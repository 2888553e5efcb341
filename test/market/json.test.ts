import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeText, parseJson, scan, scanJson, type JsonVisitor } from "../../worker/market/json.ts";
import { OPEN_KEYS } from "../../worker/market/json/keys.ts";
import data from "./cases/json.json" with { type: "json" };
import { runs } from "../support/torture.ts";

const encoder = new TextEncoder();
const limits = { depth: data.depth };
const deep = { depth: 256 };

type Case = (typeof data.cases)[number];

function bytesOf(item: Case): Uint8Array {
  if (item.hex !== undefined) return Uint8Array.from(Buffer.from(item.hex, "hex"));
  if (item.repeat !== undefined) return encoder.encode(String(item.repeat[0]).repeat(Number(item.repeat[1])));
  return encoder.encode(item.text);
}

describe("scanJson", () => {
  it.each(data.cases)("$title: $answer", (item) => {
    const bytes = bytesOf(item);
    const result = scanJson(bytes, limits);
    expect(result.ok ? "ok" : result.error.reason).toBe(item.answer);
    if (result.ok) return expect(parseJson(bytes, limits)).toEqual({ ok: true, value: JSON.parse(decoded(bytes)) });
    expect(result.error.offset).toBe(item.at);
    expect(result.error.message).toMatch(/^(?:The|A) .*, at line \d+, column \d+\.$/);
  });

  it("tells line and column in characters", () => {
    const result = scanJson(encoder.encode('{\n  "é": "😀" x\n}'), limits);
    expect(result.ok ? {} : result.error).toMatchObject({ line: 2, column: 12 });
    expect(result.ok ? "" : result.error.message).toBe(
      "The JSON has `x` where `,` or `}` is expected, at line 2, column 12.",
    );
  });

  it("accepts and refuses what JSON.parse does, whatever one byte is changed", () => {
    const text = fc.json({ maxDepth: 4 }).chain((json) => {
      const bytes = encoder.encode(json);
      const change = fc.record({
        at: fc.nat({ max: bytes.length }),
        byte: fc.nat({ max: 255 }),
        cut: fc.nat({ max: 2 }),
      });
      return fc.array(change, { maxLength: 2 }).map((changes) => changed(bytes, changes));
    });
    let accepted = 0;
    let refused = 0;
    const property = fc.property(text, (bytes) => {
      const scanned = scanJson(bytes, deep);
      const builtin = tryBuiltin(bytes);
      if (scanned.ok) accepted++;
      else refused++;
      if (!scanned.ok && scanned.error.reason === "duplicate-key") return;
      expect(scanned.ok).toBe(builtin.ok);
      if (scanned.ok) expect(parseJson(bytes, deep)).toEqual({ ok: true, value: builtin.value });
    });
    fc.assert(property, runs(3000));
    expect(Math.min(accepted, refused)).toBeGreaterThan(200);
  });

  it("tells a visitor everything JSON.parse builds", () => {
    const value = fc.jsonValue({ maxDepth: 5, stringUnit: "binary" });
    const property = fc.property(value, fc.nat({ max: 3 }), (json, indent) => {
      const builder = new Builder();
      const text = JSON.stringify(json, undefined, indent);
      expect(scan(encoder.encode(text), deep, builder)).toEqual({ ok: true, value: undefined });
      expect(builder.root).toEqual(JSON.parse(text));
    });
    fc.assert(property, runs(500));
  });

  it("reads numbers as JSON.parse does", () => {
    const number = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.integer(),
      fc.bigInt(),
      fc.constant(-0),
    );
    fc.assert(
      fc.property(number, fc.nat({ max: 20 }), (value, zeros) => {
        const spelled = Object.is(value, -0) ? "-0" : String(value);
        const text = /[.e]/.test(spelled) ? spelled : `${spelled}.${"0".repeat(zeros + 1)}`;
        for (const form of [spelled, text]) {
          const builder = new Builder();
          scan(encoder.encode(form), deep, builder);
          expect(builder.root).toBe(JSON.parse(form));
        }
      }),
    );
  });
});

describe("doubled keys", () => {
  /** Keys in an order that mixes small and grown objects, with children in between. */
  it("are found exactly where a Set finds them", () => {
    const key = fc.oneof(fc.integer({ min: 0, max: 40 }).map(String), fc.string({ unit: "binary", maxLength: 2 }));
    const tree = fc.letrec<{ object: [string, unknown][] }>((tie) => ({
      object: fc.array(fc.tuple(key, fc.oneof({ depthSize: "small" }, fc.constant(1), tie("object"))), {
        maxLength: 24,
      }),
    })).object;
    let found = 0;
    const property = fc.property(tree, (members) => {
      const result = scanJson(encoder.encode(spell(members)), deep);
      if (!result.ok) found++;
      expect(result.ok ? "ok" : result.error.reason).toBe(hasDouble(members) ? "duplicate-key" : "ok");
    });
    fc.assert(property, runs(1000));
    expect(found).toBeGreaterThan(50);
  });

  it("are found among 100,000, first and last", () => {
    const keys = Array.from({ length: 100_000 }, (_, index) => `"${index}":0`);
    expect(scanJson(encoder.encode(`{${keys.join()}}`), deep).ok).toBe(true);
    for (const again of [0, 50_000, 99_999]) {
      const result = scanJson(encoder.encode(`{${keys.join()},"${again}":0}`), deep);
      expect(result.ok ? "" : result.error.reason).toBe("duplicate-key");
    }
  });

  it("may be as many as OPEN_KEYS and no more", () => {
    const keys = Array.from({ length: OPEN_KEYS }, (_, index) => `"${index.toString(36)}":0`);
    expect(scanJson(encoder.encode(`{${keys.join()}}`), deep).ok).toBe(true);
    const result = scanJson(encoder.encode(`{${keys.join()},"more":0}`), deep);
    expect(result.ok ? "" : result.error.reason).toBe("too-many-keys");
  });

  it("cost linear time though keys are aimed at one slot", () => {
    const result = scanJson(
      encoder.encode(
        `{${aimedKeys(1200)
          .map((key) => `"${key}":0`)
          .join()}}`,
      ),
      deep,
    );
    expect(result.ok ? "" : result.error.reason).toBe("too-many-keys");
  });
});

describe("decodeText", () => {
  it("gives the text, with its byte order mark", () => {
    expect(decodeText(encoder.encode("\ufeffa😀"))).toEqual({ ok: true, value: "\ufeffa😀" });
    expect(decodeText(new Uint8Array())).toEqual({ ok: true, value: "" });
  });

  it("refuses the first bad sequence", () => {
    const result = decodeText(Uint8Array.of(0x61, 0x0a, 0xc3, 0xa9, 0xed, 0xa0, 0x80));
    expect(result.ok ? {} : result.error).toMatchObject({ reason: "not-utf8", offset: 4, line: 2, column: 2 });
  });
});

/** Builds what it is told, as JSON.parse would. */
class Builder implements JsonVisitor {
  root: unknown;
  readonly #open: (unknown[] | Record<string, unknown>)[] = [];
  readonly #keys: string[] = [];
  #add(value: unknown): void {
    const parent = this.#open.at(-1);
    if (parent === undefined) this.root = value;
    else if (Array.isArray(parent)) parent.push(value);
    else
      Object.defineProperty(parent, this.#keys.pop()!, { value, enumerable: true, writable: true, configurable: true });
  }
  literal(value: boolean | null): void {
    this.#add(value);
  }
  number(value: number): void {
    this.#add(value);
  }
  string(length: number, text: () => string): void {
    expect(length).toBe(Array.from(text()).length);
    this.#add(text());
  }
  openArray(): void {
    const value: unknown[] = [];
    this.#add(value);
    this.#open.push(value);
  }
  openObject(): void {
    const value: Record<string, unknown> = {};
    this.#add(value);
    this.#open.push(value);
  }
  key(text: () => string): void {
    this.#keys.push(text());
  }
  close(): void {
    this.#open.pop();
  }
}

function decoded(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
}

function tryBuiltin(bytes: Uint8Array): { ok: boolean; value?: unknown } {
  try {
    return { ok: true, value: JSON.parse(decoded(bytes)) };
  } catch {
    return { ok: false };
  }
}

function changed(bytes: Uint8Array, changes: { at: number; byte: number; cut: number }[]): Uint8Array {
  const list = [...bytes];
  for (const { at, byte, cut } of changes) list.splice(Math.min(at, list.length), cut, byte);
  return Uint8Array.from(list);
}

function spell(members: [string, unknown][]): string {
  const parts = members.map(([key, value]) => {
    const child = Array.isArray(value) ? spell(value as [string, unknown][]) : String(value);
    return `${JSON.stringify(key)}:${child}`;
  });
  return `{${parts.join()}}`;
}

function hasDouble(members: [string, unknown][]): boolean {
  if (new Set(members.map(([key]) => key)).size < members.length) return true;
  return members.some(([, value]) => Array.isArray(value) && hasDouble(value as [string, unknown][]));
}

/** Keys whose hash, as keys.ts computes it for the first object, ends in the same 12 bits: an author's best attack. */
function aimedKeys(count: number): string[] {
  const found: string[] = [];
  for (let index = 0; found.length < count; index++) {
    const key = index.toString(36);
    let hash = 0x811c9dc5 | 0;
    for (let at = 0; at < key.length; at++) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    if (((hash ^ (hash >>> 16)) & 0xfff) === 0) found.push(key);
  }
  return found;
}
