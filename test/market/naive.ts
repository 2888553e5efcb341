// JSON Schema read straight from the specification, for the subset: slow, recursive, and written without looking at the
// checker it is compared with. It answers with the path of every offending field.

type Schema = { readonly [keyword: string]: unknown };

export function naiveCheck(schema: Schema, value: unknown, root: Schema = schema, path = "$"): string[] {
  if (typeof schema["$ref"] === "string") {
    const definitions = root["$defs"] as Record<string, Schema>;
    return naiveCheck(definitions[schema["$ref"].split("/")[2]!]!, value, root, path);
  }
  if (!hasType(schema["type"], value) || !isListed(schema, value)) return [path];
  if (typeof value === "number") return fits(schema, value) ? [] : [path];
  if (typeof value === "string") return between(schema, "Length", Array.from(value).length) ? [] : [path];
  if (Array.isArray(value)) {
    const own = between(schema, "Items", value.length) ? [] : [path];
    if (schema["items"] === undefined) return own;
    return [...own, ...value.flatMap((item, i) => naiveCheck(schema["items"] as Schema, item, root, `${path}[${i}]`))];
  }
  return typeof value === "object" && value !== null ? checkObject(schema, value, root, path) : [];
}

function checkObject(schema: Schema, value: object, root: Schema, path: string): string[] {
  const members = new Map(Object.entries(value));
  const properties = new Map(Object.entries((schema["properties"] ?? {}) as Record<string, Schema>));
  const errors = between(schema, "Properties", members.size) ? [] : [path];
  for (const name of (schema["required"] ?? []) as string[]) if (!members.has(name)) errors.push(step(path, name));
  for (const [name, member] of members) {
    const other = schema["additionalProperties"] ?? true;
    const subschema = properties.get(name) ?? other;
    if (subschema === false) errors.push(step(path, name));
    else if (subschema !== true) errors.push(...naiveCheck(subschema as Schema, member, root, step(path, name)));
  }
  return errors;
}

function step(path: string, name: string): string {
  return /^[A-Za-z_$][\w$-]*$/.test(name) ? `${path}.${name}` : `${path}[${JSON.stringify(name)}]`;
}

function hasType(type: unknown, value: unknown): boolean {
  const allowed = type === undefined ? undefined : [type].flat();
  if (allowed === undefined) return true;
  if (value === null) return allowed.includes("null");
  if (Array.isArray(value)) return allowed.includes("array");
  if (typeof value !== "number") return allowed.includes(typeof value);
  return allowed.includes("number") || (allowed.includes("integer") && Number.isFinite(value) && value % 1 === 0);
}

function isListed(schema: Schema, value: unknown): boolean {
  const lists = [schema["enum"], "const" in schema ? [schema["const"]] : undefined];
  return lists.every((list) => list === undefined || (list as unknown[]).some((item) => item === value));
}

function fits(schema: Schema, value: number): boolean {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema as Record<string, number>;
  if (minimum !== undefined && value < minimum) return false;
  if (maximum !== undefined && value > maximum) return false;
  if (exclusiveMinimum !== undefined && value <= exclusiveMinimum) return false;
  return !(exclusiveMaximum !== undefined && value >= exclusiveMaximum);
}

function between(schema: Schema, what: string, count: number): boolean {
  const [least, most] = [schema[`min${what}`], schema[`max${what}`]] as (number | undefined)[];
  return (least === undefined || count >= least) && (most === undefined || count <= most);
}
