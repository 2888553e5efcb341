import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { scan } from "../../worker/market/json.ts";
import {
  checkJson,
  checkValue,
  compileSchema,
  FIELD_ERRORS,
  SCHEMA_BYTES,
  SCHEMA_DEPTH,
} from "../../worker/market/schema.ts";
import type { CompiledSchema, SchemaReason } from "../../worker/market/schema.ts";
import { Checker } from "../../worker/market/schema/check.ts";
import { schemas, valueFor } from "./arbitrary.ts";
import { naiveCheck } from "./naive.ts";

/** Read by JSON.parse: an import would make `__proto__` a prototype. */
interface Cases {
  readonly accepted: { title: string; schema: object; valid: string[]; invalid: [string, ...string[]][] }[];
  readonly messages: { schema: object; value: string; message: string }[];
  readonly refused: { title: string; schema: unknown; reason: string; path: string; keyword?: string; says?: string }[];
}
const data = JSON.parse(readFileSync(join(import.meta.dirname, "cases", "schema.json"), "utf8")) as Cases;
const encoder = new TextEncoder();
const limits = { depth: 256 };

function compiled(schema: unknown): CompiledSchema {
  const result = compileSchema(schema);
  expect(result).toMatchObject({ ok: true });
  return (result as { value: CompiledSchema }).value;
}

function refusal(schema: unknown): SchemaReason | "ok" {
  const result = compileSchema(schema);
  return result.ok ? "ok" : result.error.reason;
}

/** Paths of the fields that both drivers find offending. */
function paths(schema: CompiledSchema, text: string): string[] {
  const inMemory = checkValue(schema, JSON.parse(text));
  const inBytes = checkJson(schema, encoder.encode(text), limits);
  const misfits = inMemory.ok ? [] : inMemory.error;
  expect(inBytes).toEqual(inMemory.ok ? inMemory : { ok: false, error: { reason: "schema", misfits } });
  return misfits.map((misfit) => misfit.path);
}

describe("accepted schemas", () => {
  it.each(data.accepted)("$title", ({ schema, valid, invalid }) => {
    const ready = compiled(schema);
    for (const text of valid) expect([text, ...paths(ready, text)]).toEqual([text]);
    for (const [text, ...at] of invalid) expect([text, ...paths(ready, text).sort()]).toEqual([text, ...at.sort()]);
  });

  it.each(data.messages)("$message", ({ schema, value, message }) => {
    const result = checkValue(compiled(schema), JSON.parse(value));
    expect(result.ok ? [] : result.error.map((misfit) => misfit.message)).toEqual([message]);
  });

  it("tells text that is not JSON as such", () => {
    const result = checkJson(compiled({ type: "integer" }), encoder.encode('"x'), limits);
    expect(result.ok ? "" : result.error.reason).toBe("not-json");
  });

  it("shows the beginning of long names and values only", () => {
    const long = "x".repeat(1_000_000);
    const result = checkValue(compiled({ properties: { a: {} }, additionalProperties: false }), { [long]: 1 });
    expect(JSON.stringify(result).length).toBeLessThan(300);
    const listed = checkValue(compiled({ enum: ["y".repeat(60_000)] }), long);
    expect(JSON.stringify(listed).length).toBeLessThan(300);
  });
});

describe("refused schemas", () => {
  it.each(data.refused)("$title: $reason", ({ schema, reason, path, keyword, says }) => {
    const result = compileSchema(schema);
    if (result.ok) return expect(result.ok).toBe(false);
    expect(result.error).toMatchObject({ reason, path });
    expect(result.error.keyword).toBe(keyword ?? result.error.keyword);
    expect(result.error.message).toMatch(/^(The schema|`.+` at .+) .*\.$/);
    expect(result.error.message).toContain(says ?? "");
  });

  it("may be 64 KiB and not a byte more", () => {
    const padded = (bytes: number): object => {
      const bare = JSON.stringify({ description: "é" }).length + 1;
      return { description: `é${"x".repeat(bytes - bare)}` };
    };
    expect(encoder.encode(JSON.stringify(padded(SCHEMA_BYTES))).length).toBe(SCHEMA_BYTES);
    expect(refusal(padded(SCHEMA_BYTES))).toBe("ok");
    expect(refusal(padded(SCHEMA_BYTES + 1))).toBe("too-large");
    expect(refusal({ description: "\u0001".repeat(20_000) })).toBe("too-large");
  });

  it.each([
    ["items", (below: object) => ({ items: below })],
    ["properties", (below: object) => ({ properties: { a: below } })],
    ["additionalProperties", (below: object) => ({ additionalProperties: below })],
  ])("may be 32 deep through %s and no deeper", (_, wrap) => {
    const nested = (levels: number): object => (levels === 1 ? { type: "null" } : wrap(nested(levels - 1)));
    expect(refusal(nested(SCHEMA_DEPTH))).toBe("ok");
    expect(refusal(nested(SCHEMA_DEPTH + 1))).toBe("too-deep");
  });

  it("counts levels after following $ref, wherever the definition was compiled first", () => {
    const chain = (count: number): [string, object][] =>
      Array.from({ length: count }, (_, i) => [`D${i}`, i === 0 ? {} : { items: { $ref: `#/$defs/D${i - 1}` } }]);
    for (const order of [chain, (count: number) => chain(count).reverse()]) {
      const deep = (count: number): object => ({ $defs: Object.fromEntries(order(count)) });
      expect(refusal(deep(SCHEMA_DEPTH))).toBe("ok");
      expect(refusal(deep(SCHEMA_DEPTH + 1))).toBe("too-deep");
    }
  });

  it("may lead through 8 definitions that only refer on", () => {
    const chain = (count: number): object => ({
      $ref: "#/$defs/D1",
      $defs: Object.fromEntries(
        Array.from({ length: count }, (_, i) => [`D${i + 1}`, i + 1 === count ? {} : { $ref: `#/$defs/D${i + 2}` }]),
      ),
    });
    expect(refusal(chain(8))).toBe("ok");
    expect(refusal(chain(9))).toBe("too-deep");
  });

  it("is not fooled by what JSON cannot hold", () => {
    const cyclic: Record<string, unknown> = {};
    cyclic["items"] = cyclic;
    expect(["too-large", "too-deep"]).toContain(refusal(cyclic));
    for (const value of [undefined, () => 1, Symbol("x"), 1n, Number.NaN, Infinity]) {
      expect(refusal({ default: value })).toBe("not-json");
    }
    let shared: object = {};
    for (let level = 0; level < 20; level++) shared = { default: [shared, shared] };
    expect(refusal(shared)).toBe("too-large");
    expect(refusal({ default: Array(1e9) })).toBe("not-json");
  });
});

describe("checkValue", () => {
  it("agrees with a naive checker, path by path", () => {
    const pair = schemas.chain((schema) => fc.tuple(fc.constant(schema), valueFor(schema)));
    const seen = { ok: 0, refused: 0, schemas: 0 };
    const property = fc.property(pair, ([schema, value]) => {
      const result = compileSchema(schema);
      if (!result.ok) {
        expect(result.error.reason).toBe("unsatisfiable");
        return;
      }
      const text = JSON.stringify(value);
      const found = paths(result.value, text).sort();
      const expected = naiveCheck(schema, JSON.parse(text)).sort();
      seen.schemas++;
      if (found.length === 0) seen.ok++;
      else seen.refused++;
      if (expected.length < FIELD_ERRORS) expect(found).toEqual(expected);
      else expect(found.length === FIELD_ERRORS && found.every((path) => expected.includes(path))).toBe(true);
    });
    fc.assert(property, { numRuns: 3000 });
    expect(Math.min(seen.ok, seen.refused)).toBeGreaterThan(300);
  });

  it("refuses what is no JSON, and does not follow cycles", () => {
    const cyclic: unknown[] = [];
    cyclic.push(cyclic);
    for (const value of [undefined, [undefined], Number.NaN, 1n, () => 1, { a: Symbol("x") }, cyclic]) {
      expect(checkValue(compiled({}), value).ok).toBe(false);
    }
    expect(checkValue(compiled({}), Infinity).ok).toBe(true);
  });
});

/** Steps that checking took: values, keys and required names looked at. */
function stepsOf(schema: CompiledSchema, text: string): number {
  const checker = new Checker(schema);
  expect(scan(encoder.encode(text), limits, checker).ok).toBe(true);
  return checker.steps;
}

describe("cost", () => {
  it("compiles definitions that refer twice to the next, 2^31 paths, at once", () => {
    const names = Array.from({ length: 31 }, (_, i) => `D${i}`);
    const definitions = names.map((name, i) => {
      const next = i === 30 ? { type: "integer" } : { $ref: `#/$defs/D${i + 1}` };
      return [name, { properties: { a: next, b: next }, additionalProperties: next, items: next }];
    });
    const ready = compiled({ $ref: "#/$defs/D0", $defs: Object.fromEntries(definitions) });
    expect(ready.slots).toBe(62);
    const value = '{"a":'.repeat(30) + "[1]" + "}".repeat(30);
    expect(stepsOf(ready, value)).toBe(30 * 2 + 2);
  });

  it("spends on `required` at most 10 times its length, however many objects lack it", () => {
    const required = Array.from({ length: 5000 }, (_, i) => `p${i}`);
    const ready = compiled({ items: { required } });
    const objects = 100_000;
    expect(stepsOf(ready, `[${Array(objects).fill("{}").join()}]`)).toBeLessThanOrEqual(
      objects + 1 + 10 * required.length,
    );
    // All but the last name are there, so that each object lacks one and the search for it is longest.
    const almost = `{${required
      .slice(0, -1)
      .map((name) => `"${name}":0`)
      .join()}}`;
    const steps = stepsOf(ready, `[${Array(20).fill(almost).join()}]`);
    expect(steps).toBeLessThanOrEqual(20 * 2 * required.length + 10 * required.length + 1);
  });

  it("spends one step for each value and key that is right", () => {
    const required = Array.from({ length: 100 }, (_, i) => `p${i}`);
    const properties = Object.fromEntries(required.map((name) => [name, { enum: [0, "x"] }]));
    const ready = compiled({ items: { properties, required, additionalProperties: false } });
    const whole = `{${required.map((name) => `"${name}":0`).join()}}`;
    expect(stepsOf(ready, `[${Array(50).fill(whole).join()}]`)).toBe(1 + 50 * (1 + 2 * 100));
  });

  it("does not look into what the schema says nothing about", () => {
    const value = `{"free":[${Array(10_000).fill('{"a":[1]}').join()}]}`;
    expect(stepsOf(compiled({ properties: { free: {} } }), value)).toBe(3);
  });

  it("decodes a string only where an enum could hold it", () => {
    const checker = new Checker(compiled({ enum: ["abc"] }));
    let decoded = 0;
    for (const length of [0, 3, 4, 1_000_000]) {
      checker.string(length, () => {
        decoded++;
        return "abc";
      });
    }
    expect(decoded).toBe(2);
  });
});
