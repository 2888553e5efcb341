// Reads the signature of the author's `apply` and the classes it uses, after asc has resolved all names and types.
// What cannot cross the boundary is refused here, with the place and a sentence.
import type { Class, DeclaredElement, FieldDeclaration, Node, Program, Type, TypeNode } from "assemblyscript";
import { type Diagnostic, placeOf } from "./diagnostic.ts";
import { docBefore } from "./doc.ts";
import { literalOf } from "./literal.ts";
import type { ClassModel, FieldModel, Shape, Side, Signature } from "./shapes.ts";
import { allFields } from "./shapes.ts";

/** Flags of asc's elements (its enums have no value at run time that TypeScript would let us use). */
const STATIC = 32;
const READONLY = 64;
const PRIVATE = 512;
const PROTECTED = 1024;
const GENERIC = 65_536;
const FUNCTION_PROTOTYPE = 4;
const NAMED_TYPE = 1;

/** One level is the root; schemas end at 32 (design §3), and an array of objects takes two. */
const MAX_DEPTH = 30;
/** The glue keeps which fields it has seen in one 64-bit number. */
const MAX_FIELDS = 64;

type Role = "input" | "output";

/** Ends the analysis. */
class Refusal extends Error {
  readonly diagnostic: Diagnostic;
  constructor(diagnostic: Diagnostic) {
    super(diagnostic.message);
    this.diagnostic = diagnostic;
  }
}

function refuse(node: Node, message: string): never {
  const { source, start } = node.range;
  throw new Refusal({ file: source.normalizedPath, ...placeOf(source.text, start), message });
}

const textOf = (node: Node): string => node.range.source.text.slice(node.range.start, node.range.end);

export type Analysis =
  | { readonly ok: true; readonly value: Signature }
  | { readonly ok: false; readonly error: readonly Diagnostic[] };

/** @param program as asc has it once all files are parsed and their names are bound */
export function analyse(program: Program): Analysis {
  try {
    return { ok: true, value: new Reader(program).signature() };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const reported = program.diagnostics.filter(({ category }) => category === 3);
    return { ok: false, error: reported.length === 0 ? [error.diagnostic] : reported.map(fromAsc) };
  }
}

function fromAsc({ message, range }: Program["diagnostics"][number]): Diagnostic {
  if (range === null) return { file: "index.ts", line: 0, column: 0, message };
  return { file: range.source.normalizedPath, ...placeOf(range.source.text, range.start), message };
}

class Reader {
  readonly #program: Program;
  readonly #models = new Map<Class, ClassModel>();
  #role: Role = "input";

  constructor(program: Program) {
    this.#program = program;
  }

  signature(): Signature {
    const { prototype, file, name } = this.#findApply();
    const declaration = prototype.functionTypeNode;
    const extra = declaration.parameters[1];
    if (extra !== undefined) {
      refuse(extra, "apply takes one parameter: put what it needs into one class.");
    }
    const parameter = declaration.parameters[0];
    if (parameter === undefined) {
      refuse(
        declaration,
        "apply takes one parameter, the input: a string, a Uint8Array or a type that JSON can carry.",
      );
    }
    if (parameter.initializer !== null) {
      refuse(parameter.initializer, "the input has no default: give the fields of its class initialisers instead.");
    }
    const resolved = this.#program.resolver.resolveFunction(prototype, null);
    const inputType = resolved?.signature.parameterTypes[0];
    if (resolved === null || inputType === undefined)
      return refuse(declaration, "the types of apply cannot be resolved.");
    const input = this.#side("input", inputType, parameter.type);
    const inputClasses = [...this.#models.values()];
    this.#models.clear();
    const output = this.#side("output", resolved.signature.returnType, declaration.returnType);
    return { file, name, input, output, inputClasses, outputClasses: [...this.#models.values()] };
  }

  #findApply() {
    const index = this.#program.filesByName.get("index");
    const nowhere = { file: "index.ts", line: 1, column: 1 };
    const message = "index.ts exports no function apply: write `export function apply(input: string): string { ... }`.";
    const element = index?.lookupExport("apply");
    if (index === undefined || element === undefined || element === null) throw new Refusal({ ...nowhere, message });
    if (element.kind !== FUNCTION_PROTOTYPE)
      refuse(element.declaration, "apply must be a function, not a variable or class.");
    const prototype = element as DeclaredElement as import("assemblyscript").FunctionPrototype;
    const { declaration } = prototype;
    if (prototype.is(GENERIC))
      refuse(declaration.name, "apply cannot be generic: its types are the algorithm's interface.");
    return { prototype, file: declaration.range.source.normalizedPath, name: declaration.name.text };
  }

  #side(role: Role, type: Type, node: TypeNode): Side {
    this.#role = role;
    const typeText = textOf(node);
    if (typeText === "") refuse(node, `apply must state the type of its ${role}.`);
    if (type.kind === 25) {
      if (role === "input") refuse(node, "void cannot be an input.");
      return { kind: "void", shape: undefined, typeText };
    }
    const shape = this.#shape(type, node, []);
    if (shape.kind === "string" || shape.kind === "utf8") return { kind: "text", shape, typeText };
    if (shape.kind === "array" && shape.bytes) return { kind: "bytes", shape, typeText };
    return { kind: "json", shape, typeText };
  }

  #shape(type: Type, node: TypeNode, path: readonly Class[], depth = 1): Shape {
    if (depth > MAX_DEPTH) refuse(node, `this type nests more than ${MAX_DEPTH} levels deep.`);
    if (type.isNullableReference) {
      return { kind: "nullable", of: this.#shape(type.nonNullableType, node, path, depth) };
    }
    if (type.isBooleanValue) return { kind: "boolean" };
    if (type.isFloatValue) return { kind: "float" };
    if (type.isIntegerValue) return { kind: "integer", bits: type.size, signed: type.isSignedIntegerValue };
    if (type.isFunction) refuse(node, "a function cannot be part of the input or output.");
    const reference = type.getClass();
    if (reference === null || !type.isReference)
      return refuse(node, `${textOf(node)} cannot be part of the input or output.`);
    return this.#reference(reference, node, path, depth);
  }

  #reference(reference: Class, node: TypeNode, path: readonly Class[], depth: number): Shape {
    const name = reference.prototype.internalName;
    const item = (index: number) => {
      const inner = reference.typeArguments?.[index];
      const place = argumentNode(node, reference, index);
      if (inner === undefined) return refuse(node, `${textOf(node)} cannot be part of the input or output.`);
      return this.#shape(inner, place, path, depth + 1);
    };
    if (name === "~lib/string/String") return { kind: "string" };
    if (name === "~lib/orcade/utf8/Utf8") return { kind: "utf8" };
    if (name === "~lib/array/Array" || name === "~lib/staticarray/StaticArray") {
      return { kind: "array", item: item(0), bytes: false };
    }
    const [, typed] = /^~lib\/typedarray\/(\w+)Array$/.exec(name) ?? [];
    if (typed !== undefined) return { kind: "array", item: itemOfTypedArray(typed), bytes: typed === "Uint8" };
    if (name === "~lib/map/Map") {
      if (reference.typeArguments?.[0]?.getClass()?.prototype.internalName !== "~lib/string/String") {
        refuse(node, "a Map in the input or output needs string keys: JSON has no others.");
      }
      return { kind: "map", value: item(1) };
    }
    if (name === "~lib/orcade/optional/Optional") {
      refuse(node, "Optional<T> is for the fields of a class: elsewhere nothing can be absent. Write T | null.");
    }
    return { kind: "object", of: this.#class(reference, node, path, depth) };
  }

  #class(reference: Class, node: TypeNode, path: readonly Class[], depth: number): ClassModel {
    const { prototype } = reference;
    if (path.includes(reference)) {
      refuse(
        node,
        `${prototype.name} contains itself: a recursive type has no bounded depth. Use an array of indices.`,
      );
    }
    const known = this.#models.get(reference);
    if (known !== undefined && depth + depthOf({ kind: "object", of: known }) <= MAX_DEPTH) return known;
    this.#checkClass(reference, node);
    const base =
      reference.base === null || reference.base.prototype.internalName === "~lib/object/Object"
        ? undefined
        : this.#class(reference.base, node, [...path, reference], depth);
    const model = this.#model(reference, base, [...path, reference], depth);
    if (allFields(model).length > MAX_FIELDS) {
      refuse(prototype.declaration.name, `${prototype.name} has more than ${MAX_FIELDS} fields.`);
    }
    this.#models.set(reference, model);
    return model;
  }

  #checkClass(reference: Class, node: TypeNode): void {
    const { prototype } = reference;
    const { internalName, name } = prototype;
    if (internalName.startsWith("~lib/")) {
      refuse(node, `${name} cannot be part of the input or output: see the table of types in the SDK's README.`);
    }
    if (reference.isInterface) refuse(node, `${name} is an interface: its fields are not known. Use a class.`);
    if (reference.typeArguments !== null && reference.typeArguments.length > 0) {
      refuse(node, `${name} is generic: write a class with the types it stands for.`);
    }
    if (reference.type.isUnmanaged) refuse(node, `${name} is unmanaged: remove the decorator.`);
  }

  #model(reference: Class, base: ClassModel | undefined, path: readonly Class[], depth: number): ClassModel {
    const { prototype } = reference;
    const declaration = prototype.declaration as import("assemblyscript").ClassDeclaration;
    const { source, start, end } = declaration.range;
    const own = prototype.constructorPrototype;
    if (
      this.#role === "input" &&
      own !== null &&
      own.functionTypeNode.parameters.some((each) => each.parameterKind === 0)
    ) {
      refuse(
        own.declaration.name,
        `${prototype.name} is read from the input: its constructor must need no parameters.`,
      );
    }
    const fields: FieldModel[] = [];
    const hidden: ClassModel["hidden"][number][] = [];
    for (const field of ownFields(reference)) {
      const type = typeOfField(reference, field);
      if (type === undefined || field.type === null) return refuse(field, `the field ${field.name.text} needs a type.`);
      const initialiser = field.initializer === null ? undefined : textOf(field.initializer);
      if (field.flags & (PRIVATE | PROTECTED)) {
        hidden.push({ name: field.name.text, initialiser, typeText: textOf(field.type) });
      } else fields.push(this.#field(field, type, path, depth));
    }
    return {
      name: prototype.name,
      file: source.normalizedPath,
      end: end - 1,
      base,
      constructed: own !== null || (base?.constructed ?? false),
      fields,
      hidden,
      doc: docBefore(source.text, start),
    };
  }

  #field(field: FieldDeclaration, type: Type, path: readonly Class[], depth: number): FieldModel {
    const name = field.name.text;
    const node = field.type;
    if (node === null) return refuse(field, `the field ${name} needs a type.`);
    if (!/^[A-Za-z_$][\w$]*$/.test(name)) refuse(field.name, `the name of the field ${name} must be ASCII.`);
    if (this.#role === "input" && field.flags & READONLY) {
      refuse(field.name, `the field ${name} is read from the input: remove readonly.`);
    }
    const optional =
      !type.isNullableReference && type.getClass()?.prototype.internalName === "~lib/orcade/optional/Optional";
    const inner = optional ? type.getClass()?.typeArguments?.[0] : type;
    const innerNode = optional ? argumentNode(node, type.getClass(), 0) : node;
    if (inner === undefined) return refuse(node, `the type of ${name} cannot be resolved.`);
    return {
      name,
      shape: this.#shape(inner, innerNode, path, depth + 1),
      typeText: textOf(innerNode),
      optional,
      initialiser: field.initializer === null ? undefined : textOf(field.initializer),
      literal: field.initializer === null ? undefined : literalOf(field.initializer),
      doc: docBefore(field.range.source.text, field.range.start),
    };
  }
}

/** The node of a type argument, when the author wrote one there. */
function argumentNode(node: TypeNode, reference: Class | null, index: number): TypeNode {
  if (node.kind !== NAMED_TYPE) return node;
  const { typeArguments } = node as import("assemblyscript").NamedTypeNode;
  return typeArguments?.length === reference?.typeArguments?.length ? (typeArguments?.[index] ?? node) : node;
}

function itemOfTypedArray(name: string): Shape {
  if (name.startsWith("Float")) return { kind: "float" };
  return { kind: "integer", bits: Number(/\d+/.exec(name)?.[0]), signed: name.startsWith("Int") };
}

/** The instance fields a class declares itself, in the order it does. */
function ownFields(reference: Class): readonly FieldDeclaration[] {
  const members = [...(reference.prototype.instanceMembers?.values() ?? [])];
  return members.flatMap((member) => {
    const field = (member as import("assemblyscript").PropertyPrototype).fieldDeclaration;
    return field === undefined || field === null || field.flags & STATIC ? [] : [field];
  });
}

function typeOfField(reference: Class, field: FieldDeclaration): Type | undefined {
  const member = reference.members?.get(field.name.text) as import("assemblyscript").PropertyPrototype | undefined;
  return member?.instance?.type;
}

/** How many levels of objects and arrays a shape has. */
export function depthOf(shape: Shape): number {
  if (shape.kind === "nullable") return depthOf(shape.of);
  if (shape.kind === "array") return 1 + depthOf(shape.item);
  if (shape.kind === "map") return 1 + depthOf(shape.value);
  if (shape.kind !== "object") return 1;
  return 1 + Math.max(0, ...allFields(shape.of).map((field) => depthOf(field.shape)));
}
