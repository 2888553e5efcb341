// From a manifest's schema to nodes, or to the one reason why it is refused. Linear in the schema: a definition is compiled
// once however often it is referred to, so definitions that refer to each other twice a level cost nothing.
import { err, ok, type Result } from "../result.ts";
import { ANNOTATIONS, isObject, REFUSED, ROOT_ONLY, RULES } from "./keywords.ts";
import { measureJson } from "./measure.ts";
import { ANY, ANY_TYPE, type Node, type Property, type Range, type Scalar, TYPE_BITS, type TypeName } from "./node.ts";
import { cut, pathStep } from "./path.ts";

/** Bytes of a schema as JSON. */
export const SCHEMA_BYTES = 64 * 1024;
/** Levels of values a schema may describe, `$ref`s followed. */
export const SCHEMA_DEPTH = 32;
/** Definitions that are nothing but a `$ref`, one after the other. */
const REF_CHAIN = 8;
/** Two for each level (`properties` and the schema in it) and some for `default` and `examples`. */
const RAW_DEPTH = 2 * SCHEMA_DEPTH + 32;
const REFERENCE = "#/$defs/";
/** Names of definitions: what an OpenAPI document can name too. */
const DEFINITION = /^[A-Za-z0-9._-]{1,128}$/;

export type SchemaReason =
  | "not-json"
  | "not-a-schema"
  | "too-large"
  | "too-deep"
  | "recursive"
  | "unknown-keyword"
  | "bad-keyword"
  | "bad-reference"
  | "unsatisfiable";

/** `path` leads to the keyword in the schema; `keyword` is "" when the schema as a whole is meant. */
export interface SchemaError {
  readonly reason: SchemaReason;
  readonly path: string;
  readonly keyword: string;
  readonly message: string;
}

/** A schema ready to check values. Immutable; `slots` is how many properties it names in all. */
export interface CompiledSchema {
  readonly root: Node;
  readonly slots: number;
}

type Fields = Readonly<Record<string, unknown>>;

/** Where in the schema and how deep in its values a schema stands. */
interface Place {
  readonly path: string;
  readonly level: number;
  readonly hops: number;
}

const WHOLE: Readonly<Record<"too-large" | "too-deep" | "not-json", string>> = {
  "too-large": "is over 64 KiB as JSON; shorten descriptions or move repeated parts to `$defs`",
  "too-deep": "nests too many arrays and objects; flatten it",
  "not-json": "holds something JSON cannot hold",
};

/** Compiles a schema of the closed subset (keywords.ts), or says which keyword is refused and why. */
export function compileSchema(schema: unknown): Result<CompiledSchema, SchemaError> {
  const measured = measureJson(schema, SCHEMA_BYTES, RAW_DEPTH);
  if (!measured.ok) {
    const { reason } = measured.error;
    return err({ reason, path: "$", keyword: "", message: `The schema ${WHOLE[reason]}.` });
  }
  return new Compiler(schema).run();
}

class Compiler {
  readonly #schema: unknown;
  readonly #definitions: Fields;
  readonly #compiled = new Map<string, Node | "open">();
  #slots = 0;
  /** The first refusal; compiling goes on after it, which is simpler and stays linear. */
  #error: SchemaError | undefined;

  constructor(schema: unknown) {
    this.#schema = schema;
    const definitions = isObject(schema) && Object.hasOwn(schema, "$defs") ? schema["$defs"] : undefined;
    this.#definitions = isObject(definitions) ? definitions : {};
  }

  run(): Result<CompiledSchema, SchemaError> {
    const root = this.#node(this.#schema, { path: "$", level: 1, hops: 0 });
    for (const name of Object.keys(this.#definitions)) {
      if (DEFINITION.test(name)) this.#definition(name, { path: "$.$defs", level: 1, hops: 0 });
      else
        this.#refuse(
          "bad-reference",
          "$.$defs",
          name,
          "must be named with letters, digits, `.`, `_` and `-`, 128 at most",
        );
    }
    return this.#error === undefined ? ok({ root, slots: this.#slots }) : err(this.#error);
  }

  #refuse(reason: SchemaReason, path: string, keyword: string, what: string): Node {
    const at = keyword === "" ? path : path + pathStep(keyword);
    const subject = keyword === "" ? "The schema" : `\`${cut(keyword)}\``;
    this.#error ??= { reason, path: at, keyword: cut(keyword), message: `${subject} at ${at} ${what}.` };
    return ANY;
  }

  #node(schema: unknown, place: Place): Node {
    if (place.level > SCHEMA_DEPTH) {
      return this.#refuse("too-deep", place.path, "", `is more than ${SCHEMA_DEPTH} levels deep; flatten it`);
    }
    if (!isObject(schema)) return this.#refuse("not-a-schema", place.path, "", "must be an object");
    for (const keyword of Object.keys(schema)) this.#keyword(keyword, schema[keyword], place);
    if (this.#error !== undefined) return ANY;
    return Object.hasOwn(schema, "$ref") ? this.#reference(schema, place) : this.#build(schema, place);
  }

  #keyword(keyword: string, value: unknown, { path }: Place): void {
    const rule = RULES.get(keyword);
    if (rule === undefined) {
      const why = REFUSED.get(keyword) ?? "is not a keyword of the subset; leave it out";
      this.#refuse("unknown-keyword", path, keyword, why);
      return;
    }
    const problem = ROOT_ONLY.has(keyword) && path !== "$" ? "belongs at the root of the schema" : rule(value);
    if (problem !== undefined) this.#refuse("bad-keyword", path, keyword, problem);
  }

  /** Beside `$ref` only annotations may stand: else a value would be checked by two schemas, and by four a level deeper. */
  #reference(schema: Fields, place: Place): Node {
    const other = Object.keys(schema).find((key) => key !== "$ref" && !ANNOTATIONS.has(key) && !ROOT_ONLY.has(key));
    if (other !== undefined) return this.#refuse("bad-keyword", place.path, other, "may not stand beside `$ref`");
    const target = String(schema["$ref"]);
    const name = target.slice(REFERENCE.length);
    if (!target.startsWith(REFERENCE) || !DEFINITION.test(name) || !Object.hasOwn(this.#definitions, name)) {
      return this.#refuse("bad-reference", place.path, "$ref", 'must be "#/$defs/NAME" with a NAME that `$defs` has');
    }
    if (place.hops === REF_CHAIN) {
      return this.#refuse("too-deep", place.path, "$ref", `leads through more than ${REF_CHAIN} other \`$ref\`s`);
    }
    return this.#definition(name, { ...place, hops: place.hops + 1 });
  }

  #definition(name: string, { path, level, hops }: Place): Node {
    const known = this.#compiled.get(name);
    if (known === "open") {
      return this.#refuse("recursive", path, "$ref", `leads back to "${cut(name)}"; a schema may not contain itself`);
    }
    if (known !== undefined) {
      if (level + known.height - 1 <= SCHEMA_DEPTH) return known;
      return this.#refuse("too-deep", path, "$ref", `makes values more than ${SCHEMA_DEPTH} levels deep`);
    }
    this.#compiled.set(name, "open");
    const node = this.#node(this.#definitions[name], { path: `$.$defs${pathStep(name)}`, level, hops });
    this.#compiled.set(name, node);
    return node;
  }

  #build(schema: Fields, place: Place): Node {
    let below = 0;
    const child = (value: unknown, step: string): Node => {
      const node = this.#node(value, { path: place.path + step, level: place.level + 1, hops: 0 });
      below = Math.max(below, node.height);
      return node;
    };
    const item = Object.hasOwn(schema, "items") ? child(schema["items"], ".items") : ANY;
    const open = Object.hasOwn(schema, "additionalProperties") ? schema["additionalProperties"] : true;
    const additional = open === true ? ANY : open === false ? undefined : child(open, ".additionalProperties");
    const required = (schema["required"] ?? []) as readonly string[];
    const properties = this.#properties(schema, required, additional, place, child);
    const described = Object.keys(schema).some((key) => !ANNOTATIONS.has(key) && !ROOT_ONLY.has(key));
    if (!described) return ANY;
    const node: Node = {
      types: typesOf(schema["type"]),
      ...valuesOf(schema),
      number: rangeOf(schema, "minimum", "maximum"),
      above: numberOr(schema["exclusiveMinimum"], Number.NaN),
      below: numberOr(schema["exclusiveMaximum"], Number.NaN),
      length: rangeOf(schema, "minLength", "maxLength"),
      items: rangeOf(schema, "minItems", "maxItems"),
      members: rangeOf(schema, "minProperties", "maxProperties"),
      item,
      properties,
      required,
      additional,
      height: 1 + below,
      any: false,
    };
    this.#satisfiable(node, place);
    return node;
  }

  #properties(
    schema: Fields,
    required: readonly string[],
    additional: Node | undefined,
    place: Place,
    child: (value: unknown, step: string) => Node,
  ): ReadonlyMap<string, Property> {
    const names = new Set(required);
    const found = new Map<string, Property>();
    for (const [name, value] of Object.entries((schema["properties"] ?? {}) as Fields)) {
      const node = child(value, `.properties${pathStep(name)}`);
      found.set(name, { node, required: names.has(name), slot: this.#slots++ });
    }
    for (const name of required) {
      if (found.has(name)) continue;
      if (additional === undefined) {
        this.#refuse(
          "unsatisfiable",
          place.path,
          "required",
          `names ${JSON.stringify(cut(name))}, which no value may have`,
        );
      }
      found.set(name, { node: additional ?? ANY, required: true, slot: this.#slots++ });
    }
    return found;
  }

  #satisfiable(node: Node, { path }: Place): void {
    const { number, above, below } = node;
    const nothing = (keyword: string): Node =>
      this.#refuse("unsatisfiable", path, keyword, "leaves no value that fits");
    if (number.min > number.max) nothing("minimum");
    if (above >= number.max || above >= below) nothing("exclusiveMinimum");
    if (below <= number.min) nothing("exclusiveMaximum");
    if (node.length.min > node.length.max) nothing("minLength");
    if (node.items.min > node.items.max) nothing("minItems");
    if (node.members.min > node.members.max) nothing("minProperties");
    if (node.required.length > node.members.max) nothing("maxProperties");
    if (node.values?.size === 0) nothing("const");
  }
}

function typesOf(type: unknown): number {
  if (type === undefined) return ANY_TYPE;
  const names = (Array.isArray(type) ? type : [type]) as TypeName[];
  return names.reduce((bits, name) => bits | TYPE_BITS[name], 0);
}

/** `enum` and `const` together: what both allow. A Set holds -0 as 0 and tells 1 from "1", as JSON Schema does. */
function valuesOf(schema: Fields): { readonly values: ReadonlySet<Scalar> | undefined; readonly longest: number } {
  const listed = schema["enum"] as readonly Scalar[] | undefined;
  const single = Object.hasOwn(schema, "const") ? [schema["const"] as Scalar] : undefined;
  if (listed === undefined && single === undefined) return { values: undefined, longest: 0 };
  const values = new Set(single === undefined ? listed : single.filter((value) => listed?.includes(value) ?? true));
  let longest = 0;
  for (const value of values) if (typeof value === "string") longest = Math.max(longest, Array.from(value).length);
  return { values, longest };
}

function rangeOf(schema: Fields, min: string, max: string): Range {
  return { min: numberOr(schema[min], -Infinity), max: numberOr(schema[max], Infinity) };
}

function numberOr(value: unknown, otherwise: number): number {
  return typeof value === "number" ? value : otherwise;
}
