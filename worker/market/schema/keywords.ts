// The closed subset of JSON Schema 2020-12 that a manifest may use: which keywords there are, what their values must be, and
// why the others are refused. A table; compile.ts gives the keywords their meaning.
import { TYPE_BITS, type Scalar } from "./node.ts";

export const DIALECT = "https://json-schema.org/draft/2020-12/schema";

/** @returns what the value must be, when it is not */
type Rule = (value: unknown) => string | undefined;

const text: Rule = (value) => (typeof value === "string" ? undefined : "must be a string");
const anything: Rule = () => undefined;
const list: Rule = (value) => (Array.isArray(value) ? undefined : "must be an array");
const schema: Rule = (value) => (isObject(value) ? undefined : "must be a schema, which is an object");
const schemas: Rule = (value) => (isObject(value) ? undefined : "must be an object of schemas");
const bound: Rule = (value) => (Number.isFinite(value) ? undefined : "must be a number");
const count: Rule = (value) =>
  Number.isSafeInteger(value) && Number(value) >= 0 ? undefined : "must be a whole number, 0 or above";

/** Says nothing about values; may stand anywhere, beside `$ref` too. */
export const ANNOTATIONS: ReadonlySet<string> = new Set(["title", "description", "default", "examples"]);
/** May stand at the root only, beside `$ref` too. */
export const ROOT_ONLY: ReadonlySet<string> = new Set(["$schema", "$defs"]);

export const RULES: ReadonlyMap<string, Rule> = new Map([
  ["$schema", (value) => (value === DIALECT || value === `${DIALECT}#` ? undefined : `must be "${DIALECT}"`)],
  ["$defs", schemas],
  ["$ref", text],
  ["title", text],
  ["description", text],
  ["default", anything],
  ["examples", list],
  ["type", typeRule],
  ["enum", enumRule],
  ["const", (value) => (isScalar(value) ? undefined : SCALARS)],
  ["minimum", bound],
  ["maximum", bound],
  ["exclusiveMinimum", bound],
  ["exclusiveMaximum", bound],
  ["minLength", count],
  ["maxLength", count],
  ["minItems", count],
  ["maxItems", count],
  ["minProperties", count],
  ["maxProperties", count],
  ["items", schema],
  ["properties", schemas],
  ["required", requiredRule],
  [
    "additionalProperties",
    (value) => (typeof value === "boolean" ? undefined : schema(value) && "must be true, false or a schema"),
  ],
]);

/** Keywords of JSON Schema that people try first, with what to do instead. */
export const REFUSED: ReadonlyMap<string, string> = new Map([
  ["pattern", "can take exponential time; check the text in `apply` and `fail` with a message"],
  ["patternProperties", "can take exponential time; use additionalProperties"],
  ["format", "has no one meaning; check the text in `apply` and `fail` with a message"],
  ["uniqueItems", "takes more than linear time; check it in `apply`"],
  ["contains", "is not in the subset; check it in `apply`"],
  ["multipleOf", "is not exact for fractions; check it in `apply`"],
  ["prefixItems", "is not in the subset; use an object with named properties"],
  ["anyOf", "checks a value more than once; use `type` with several types"],
  ["oneOf", "checks a value more than once; use `type` with several types"],
  ["allOf", "checks a value more than once; write its members into one schema"],
  ["$dynamicRef", 'is not in the subset; use `$ref` to "#/$defs/NAME"'],
  ["definitions", "was renamed; use `$defs`"],
  ["nullable", 'is not JSON Schema; write "type": ["string", "null"]'],
]);

const SCALARS = "must hold strings, numbers, booleans or null only: arrays and objects are not compared";

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isScalar(value: unknown): value is Scalar {
  return value === null || typeof value === "string" || typeof value === "boolean" || Number.isFinite(value);
}

function typeRule(value: unknown): string | undefined {
  const names: unknown[] = Array.isArray(value) ? value : [value];
  const known = names.every((name) => typeof name === "string" && Object.hasOwn(TYPE_BITS, name));
  if (known && names.length > 0 && new Set(names).size === names.length) return undefined;
  return `must be one of ${Object.keys(TYPE_BITS).join(", ")}, or an array of different ones`;
}

function enumRule(value: unknown): string | undefined {
  if (!Array.isArray(value) || value.length === 0) return "must be an array with at least one value";
  return value.every(isScalar) ? undefined : SCALARS;
}

function requiredRule(value: unknown): string | undefined {
  const isNames = Array.isArray(value) && value.every((name) => typeof name === "string");
  return isNames && new Set(value).size === value.length ? undefined : "must be an array of different strings";
}
