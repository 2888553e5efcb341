// Reads the signature of the author's `apply` after asc has resolved all names and types. What cannot be the interface of
// an algorithm is refused, with the place and a sentence.
import type { FunctionPrototype, FunctionTypeNode, ParameterNode, Program, Type, TypeNode } from "assemblyscript";
import { readCallees } from "./callees.ts";
import { placeOf, type Diagnostic } from "./diagnostic.ts";
import { Refusal, refuse } from "./refusal.ts";
import type { Role, Side, Signature } from "./shapes.ts";
import { hasFlag, isFunction, isVoid, parameterKind, written } from "./syntax.ts";
import { TypeReader } from "./types.ts";

/** asc's `DiagnosticCategory.Error`. */
const ERROR_CATEGORY = 3;

export type Analysis =
  | { readonly ok: true; readonly value: Signature }
  | { readonly ok: false; readonly error: readonly Diagnostic[] };

/** @param program as asc has it once all files are parsed and their names are bound */
export function analyse(program: Program): Analysis {
  try {
    return { ok: true, value: readSignature(program) };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    // asc says why a type could not be resolved, and says it better.
    const reported = program.diagnostics.filter(({ category }) => (category as number) === ERROR_CATEGORY);
    return { ok: false, error: reported.length === 0 ? [error.diagnostic] : reported.map(fromAsc) };
  }
}

function fromAsc({ message, range }: Program["diagnostics"][number]): Diagnostic {
  if (range === null) return { file: "index.ts", line: 0, column: 0, message };
  return { file: range.source.normalizedPath, ...placeOf(range.source.text, range.start), message };
}

function readSignature(program: Program): Signature {
  const prototype = findApply(program);
  const { declaration, functionTypeNode } = prototype;
  const parameter = onlyParameter(functionTypeNode);
  const resolved = program.resolver.resolveFunction(prototype, null);
  const inputType = resolved?.signature.parameterTypes[0];
  if (resolved === null || inputType === undefined)
    return refuse(functionTypeNode, "The types of apply are not known.");
  const reading = new TypeReader("input");
  const input = sideOf("input", reading, inputType, parameter.type);
  const writing = new TypeReader("output");
  const output = sideOf("output", writing, resolved.signature.returnType, functionTypeNode.returnType);
  readCallees(program, writing, reading);
  return {
    file: declaration.range.source.normalizedPath,
    name: declaration.name.text,
    input,
    output,
    inputClasses: reading.classes(),
    outputClasses: writing.classes(),
  };
}

function findApply(program: Program): FunctionPrototype {
  const element = program.filesByName.get("index")?.lookupExport("apply");
  if (element === undefined || element === null) {
    const message = "index.ts exports no function apply: write `export function apply(input: string): string { ... }`.";
    throw new Refusal({ file: "index.ts", line: 1, column: 1, message });
  }
  if (!isFunction(element)) {
    refuse(element.declaration, "apply must be a function: write `export function apply(...)`.");
  }
  if (hasFlag(element, "Generic")) {
    refuse(element.declaration.name, "apply cannot be generic: its types are the algorithm's interface.");
  }
  return element as FunctionPrototype;
}

function onlyParameter(node: FunctionTypeNode): ParameterNode {
  const [parameter, extra] = node.parameters;
  if (parameter === undefined) {
    return refuse(node, "apply takes one parameter, the input: a string, a Uint8Array or a type that JSON can carry.");
  }
  if (extra !== undefined) refuse(extra, "apply takes one parameter: put what it needs into one class.");
  if (parameterKind(parameter) === "rest") refuse(parameter, "apply takes one parameter, not a list: write T[].");
  if (parameterKind(parameter) === "optional") {
    refuse(parameter, "The input cannot be left out: give the fields of its class initialisers instead.");
  }
  return parameter;
}

function sideOf(role: Role, reader: TypeReader, resolved: Type, node: TypeNode): Side {
  const type = written(node);
  if (type.text === "") refuse(node, `apply must state the type of its ${role}.`);
  // asc refuses void for the input.
  if (isVoid(resolved)) return { kind: "void", shape: undefined, type };
  const shape = reader.shape(resolved, node);
  if (shape.kind === "string" || shape.kind === "utf8") return { kind: "text", shape, type };
  if (shape.kind === "array" && shape.bytes) return { kind: "bytes", shape, type };
  return { kind: "json", shape, type };
}
