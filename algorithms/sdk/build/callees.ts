// The types that the author's `call<In, Out>(...)`, `callAll<In, Out>(...)` and `jobArguments<T>()` name: their classes are
// written and read as JSON, so they get the methods that the classes of the signature get.
import type { CallExpression, IdentifierExpression, ImportStatement, Program, Source, TypeNode } from "assemblyscript";
import { Node } from "assemblyscript";
import { refuse } from "./refusal.ts";
import { isNode, isVoid } from "./syntax.ts";
import type { TypeReader } from "./types.ts";

/** Reads the types of all calls. @param sent takes those of inputs, which are written; `received` those of answers */
export function readCallees(program: Program, sent: TypeReader, received: TypeReader): void {
  for (const source of program.sources) {
    if (source.normalizedPath.startsWith("~lib/")) continue;
    const names = namesIn(source);
    if (names.size === 0) continue;
    for (const each of callsIn(source.statements, names)) {
      const name = names.get((each.expression as IdentifierExpression).text);
      if (name === "jobArguments") readArguments(program, source, each, received);
      else readTypes(program, source, each, sent, received);
    }
  }
}

const READS = new Set(["call", "callAll", "jobArguments"]);

/** What a file calls the library's functions that read JSON: the library's name by the file's. */
function namesIn(source: Source): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const statement of source.statements) {
    if (!isNode(statement, "Import")) continue;
    const { path, declarations } = statement as ImportStatement;
    if (path.value !== "orcade") continue;
    for (const { foreignName, name } of declarations ?? []) {
      if (READS.has(foreignName.text)) names.set(name.text, foreignName.text);
    }
  }
  return names;
}

/** Visits whatever is below a node: asc has no visitor of its own. */
function callsIn(value: unknown, names: ReadonlyMap<string, string>): CallExpression[] {
  if (typeof value !== "object" || value === null) return [];
  const found: CallExpression[] = [];
  if (value instanceof Node && isNode(value, "Call")) {
    const { expression } = value as CallExpression;
    const isCall = isNode(expression, "Identifier") && names.has((expression as IdentifierExpression).text);
    if (isCall) found.push(value as CallExpression);
  }
  for (const [key, child] of Object.entries(value)) {
    // Ranges lead back to the source.
    if (key !== "range" && key !== "source") found.push(...callsIn(child, names));
  }
  return found;
}

function readTypes(
  program: Program,
  source: Source,
  call: CallExpression,
  sent: TypeReader,
  received: TypeReader,
): void {
  const [input, output] = call.typeArguments ?? [];
  if (input === undefined || output === undefined) {
    return refuse(call, "A call must name both types: call<In, Out>(name, input), callAll<In, Out>(calls).");
  }
  readType(program, source, input, sent);
  readType(program, source, output, received);
}

function readArguments(program: Program, source: Source, call: CallExpression, received: TypeReader): void {
  const [type] = call.typeArguments ?? [];
  if (type === undefined) return refuse(call, "jobArguments must name the type: jobArguments<Arguments>().");
  readType(program, source, type, received);
}

function readType(program: Program, source: Source, node: TypeNode, reader: TypeReader): void {
  const file = program.filesByName.get(source.internalPath);
  const type = file === undefined ? null : program.resolver.resolveType(node, null, file);
  if (type === null) return refuse(node, "The type is not known.");
  if (isVoid(type)) return refuse(node, "void is no type of an answer: name what it is read as, such as string.");
  reader.shape(type, node);
}
