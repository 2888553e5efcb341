// Schemas of the subset, and values that fit them often enough to be interesting.
import * as fc from "fast-check";

export type Schema = { [keyword: string]: unknown };

const name = fc.constantFrom("a", "b", "odd key", "__proto__", "constructor", "é");
const numbers: fc.Arbitrary<unknown> = fc.oneof(fc.integer({ min: -1, max: 6 }), fc.constantFrom(-0, 2.5, 1e300));
const strings: fc.Arbitrary<unknown> = fc.constantFrom("", "a", "ab", "abc", "😀", "\ud800", "😀é");
const scalars = fc.oneof(numbers, strings, fc.constantFrom(null, true, false));
const DEFINITIONS = ["D0", "D1", "D2"];

const anything = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    scalars,
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(name, tie("value"), { maxKeys: 4 }),
  ),
})).value;

const optional = { requiredKeys: [] };
const least = fc.nat({ max: 1 });
const most = fc.integer({ min: 1, max: 4 });

const leaf: fc.Arbitrary<Schema> = fc.oneof(
  fc.record(
    { type: fc.constantFrom("null", "boolean", ["null", "string"], ["integer", "null"], ["number", "array"]) },
    optional,
  ),
  fc.record(
    { type: fc.constantFrom("integer", "number", ["number", "null"]), minimum: least, maximum: most },
    optional,
  ),
  fc.record({ exclusiveMinimum: fc.constantFrom(-1, 0), exclusiveMaximum: fc.integer({ min: 2, max: 6 }) }, optional),
  fc.record({ type: fc.constantFrom("string", ["string", "object"]), minLength: least, maxLength: most }, optional),
  fc.record({ enum: fc.uniqueArray(scalars, { minLength: 1, maxLength: 4 }) }),
  fc.record({ const: scalars }),
);

/** @param refs definitions it may refer to */
function schemaArbitrary(depth: number, refs: readonly string[]): fc.Arbitrary<Schema> {
  const references = refs.map((ref) => fc.constant<Schema>({ $ref: `#/$defs/${ref}` }));
  if (depth === 0) return fc.oneof(leaf, ...references);
  const below = schemaArbitrary(depth - 1, refs);
  const types = fc.constantFrom("array", "object", ["array", "object"], ["object", "null"], ["array", "string"]);
  const list = fc.record({ type: types, items: below, minItems: least, maxItems: most }, optional);
  const fields = {
    properties: fc.dictionary(name, below, { maxKeys: 3 }),
    required: fc.uniqueArray(name, { maxLength: 1 }),
    additionalProperties: fc.oneof(fc.boolean(), below),
    minProperties: least,
    maxProperties: most,
  };
  const object = fc.record({ type: types, ...fields }, optional);
  const both = fc.record({ items: below, ...fields }, optional);
  return fc.oneof(leaf, list, list, object, object, both, ...references);
}

/** A schema with three definitions, each of which refers to later ones only, so that nothing is recursive. */
export const schemas: fc.Arbitrary<Schema> = fc
  .tuple(
    schemaArbitrary(3, DEFINITIONS),
    schemaArbitrary(1, ["D1", "D2"]),
    schemaArbitrary(1, ["D2"]),
    schemaArbitrary(1, []),
  )
  .map(([root, D0, D1, D2]) => ({ ...root, $defs: { D0, D1, D2 } }));

const OF_TYPE: Record<string, fc.Arbitrary<unknown>> = {
  null: fc.constant(null),
  boolean: fc.boolean(),
  integer: fc.integer({ min: -1, max: 6 }),
  number: numbers,
  string: strings,
};

/** Values made along a schema, and now and then against it. */
export function valueFor(schema: Schema, root: Schema = schema): fc.Arbitrary<unknown> {
  if (typeof schema["$ref"] === "string") {
    return valueFor((root["$defs"] as Record<string, Schema>)[schema["$ref"].split("/")[2]!]!, root);
  }
  const fitting = fittingValues(schema, root);
  const choices = fitting.map((arbitrary) => ({ weight: 20, arbitrary }));
  return fc.oneof({ weight: fitting.length === 0 ? 20 : 1, arbitrary: anything }, ...choices);
}

function fittingValues(schema: Schema, root: Schema): fc.Arbitrary<unknown>[] {
  if ("enum" in schema) return [fc.constantFrom(...(schema["enum"] as unknown[]))];
  if ("const" in schema) return [fc.constant(schema["const"])];
  if ("minLength" in schema || "maxLength" in schema) return [strings];
  if ("minimum" in schema || "maximum" in schema || "exclusiveMaximum" in schema)
    return [fc.integer({ min: 0, max: 4 })];
  const types = [schema["type"] ?? ["array", "object"]].flat() as string[];
  return types.map((type) => {
    if (type === "array") return fc.array(childOf(schema["items"], root), { minLength: 1, maxLength: 4 });
    return type === "object" ? objectFor(schema, root) : (OF_TYPE[type] ?? anything);
  });
}

function childOf(schema: unknown, root: Schema): fc.Arbitrary<unknown> {
  return schema === undefined || typeof schema === "boolean" ? anything : valueFor(schema as Schema, root);
}

/** Own fields first; others often enough to meet additionalProperties. */
function objectFor(schema: Schema, root: Schema): fc.Arbitrary<unknown> {
  const properties = (schema["properties"] ?? {}) as Record<string, Schema>;
  const required = (schema["required"] ?? []) as string[];
  const named = new Map(Object.entries(properties).map(([key, each]) => [key, valueFor(each, root)]));
  const other = childOf(schema["additionalProperties"], root);
  for (const key of required) if (!named.has(key)) named.set(key, other);
  const own = fc.record(Object.fromEntries(named), { requiredKeys: required });
  if (schema["additionalProperties"] === false) return own;
  return fc.tuple(fc.dictionary(name, other, { maxKeys: 1 }), own).map(([more, fields]) => {
    const entries = [...Object.entries(more).filter(([key]) => !named.has(key)), ...Object.entries(fields)];
    return Object.fromEntries(entries);
  });
}
