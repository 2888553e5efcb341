// JSON Schema 2020-12, in the closed subset of the manifest, from shapes.
import type { Json } from "./diagnostic.ts";
import { allFields, isRequired, type ClassModel, type FieldModel, type Role, type Shape } from "./shapes.ts";

export type Schema = Record<string, Json>;

/** @returns the schema of a JSON input or output */
export function schemaOf(shape: Shape, role: Role): Schema {
  const uses = new Map<ClassModel, number>();
  count(shape, uses);
  const shared = new Map([...uses].filter(([, n]) => n > 1).map(([model]) => [model, ""]));
  nameAll(shared);
  const root = render(shape, { role, shared });
  const entries = [...shared].map(([model, name]): [string, Schema] => [name, object(model, { role, shared })]);
  return entries.length === 0 ? root : { ...root, $defs: Object.fromEntries(entries) };
}

interface Context {
  readonly role: Role;
  /** Classes that appear more than once, with their name in `$defs`. */
  readonly shared: ReadonlyMap<ClassModel, string>;
}

/** Counts where a class could be a reference. */
function count(shape: Shape, uses: Map<ClassModel, number>): void {
  if (shape.kind === "array") return count(shape.item, uses);
  if (shape.kind === "map") return count(shape.value, uses);
  if (shape.kind === "nullable") {
    if (shape.of.kind === "object") return countFields(shape.of.of, uses);
    return count(shape.of, uses);
  }
  if (shape.kind !== "object") return;
  const before = uses.get(shape.of) ?? 0;
  uses.set(shape.of, before + 1);
  if (before === 0) countFields(shape.of, uses);
}

function countFields(model: ClassModel, uses: Map<ClassModel, number>): void {
  for (const field of allFields(model)) count(field.shape, uses);
}

/** Gives each class a name of its own: two files may each have a `Point`. */
function nameAll(shared: Map<ClassModel, string>): void {
  const taken = new Set<string>();
  for (const model of shared.keys()) {
    // What an OpenAPI document can name, too.
    const plain = model.name.replaceAll(/[^A-Za-z0-9_]/g, "_");
    let name = plain;
    for (let n = 2; taken.has(name); n++) name = `${plain}${n}`;
    taken.add(name);
    shared.set(model, name);
  }
}

function render(shape: Shape, context: Context): Schema {
  switch (shape.kind) {
    case "boolean":
      return { type: "boolean" };
    case "string":
    case "utf8":
      return { type: "string" };
    case "integer":
      return { type: "integer", ...bounds(shape.bits, shape.signed) };
    case "float":
      return { type: ["number", "null"] };
    case "array":
      return { type: "array", items: render(shape.item, context) };
    case "map":
      return { type: "object", additionalProperties: render(shape.value, context) };
    case "object": {
      const name = context.shared.get(shape.of);
      return name === undefined ? object(shape.of, context) : { $ref: `#/$defs/${name}` };
    }
    case "nullable":
      return nullable(shape.of.kind === "object" ? object(shape.of.of, context) : render(shape.of, context));
  }
}

function nullable(schema: Schema): Schema {
  const types = [schema["type"]].flat() as string[];
  return { ...schema, type: types.includes("null") ? types : [...types, "null"] };
}

/** The bounds of an integer type; those of 64 bits are not JSON numbers that every reader keeps, so they are left out. */
function bounds(bits: number, signed: boolean): Schema {
  if (bits === 64) return signed ? {} : { minimum: 0 };
  return signed
    ? { minimum: -(2 ** (bits - 1)), maximum: 2 ** (bits - 1) - 1 }
    : { minimum: 0, maximum: 2 ** bits - 1 };
}

function object(model: ClassModel, context: Context): Schema {
  const fields = allFields(model);
  const needed = fields.filter((field) => (context.role === "input" ? isRequired(field) : !field.optional));
  return {
    type: "object",
    ...described(model.doc.description),
    properties: Object.fromEntries(fields.map((field) => [field.name, property(field, context)])),
    ...(needed.length === 0 ? {} : { required: needed.map((field) => field.name) }),
    additionalProperties: false,
  };
}

function property(field: FieldModel, context: Context): Schema {
  const schema = render(field.shape, context);
  const annotated = { ...schema, ...described(field.doc.description), ...annotations(field, schema) };
  return context.role === "input" && field.literal !== undefined ? { ...annotated, default: field.literal } : annotated;
}

const described = (description: string | undefined): Schema => (description === undefined ? {} : { description });

/** Keywords from tags; beside `$ref` only annotations may stand. */
function annotations({ doc }: FieldModel, schema: Schema): Schema {
  const entries = Object.entries(doc.keywords).filter(([name]) => !("$ref" in schema) || name === "examples");
  return Object.fromEntries(entries);
}
