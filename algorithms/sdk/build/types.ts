// The author's types as shapes. What JSON cannot carry, or not with a bounded depth, is refused here.
import type { Class, Type, TypeNode } from "assemblyscript";
import { FieldReader, ownFields } from "./fields.ts";
import { docBefore } from "./doc.ts";
import { refuse } from "./refusal.ts";
import { allFields, depthOf, type ClassModel, type FieldModel, type Role, type Shape } from "./shapes.ts";
import { argumentNode, hasFlag, parameterKind, textOf } from "./syntax.ts";

/** Schemas end at 32 levels (design §3), and the root takes one. */
const MAX_DEPTH = 30;
/** The glue keeps which fields it has seen in one 64-bit number. */
const MAX_FIELDS = 64;

/** Where the reader is: the classes around, and how deep. */
interface Place {
  readonly within: readonly Class[];
  readonly depth: number;
}

/** Reads the types of one side of the signature; remembers the classes it met. */
export class TypeReader {
  readonly #models = new Map<Class, ClassModel>();
  readonly #role: Role;

  constructor(role: Role) {
    this.#role = role;
  }

  /** The classes met so far, each after its base. */
  classes(): readonly ClassModel[] {
    return [...this.#models.values()];
  }

  /** @param node the type as the author wrote it, for messages */
  shape(type: Type, node: TypeNode, place: Place = { within: [], depth: 1 }): Shape {
    if (place.depth > MAX_DEPTH) refuse(node, `This type nests more than ${MAX_DEPTH} levels deep.`);
    if (type.isNullableReference && !type.isFunction && !type.isExternalReference) {
      return { kind: "nullable", of: this.shape(type.nonNullableType, node, place) };
    }
    if (type.isBooleanValue) return { kind: "boolean" };
    if (type.isFloatValue) return { kind: "float" };
    if (type.isIntegerValue) return { kind: "integer", bits: type.size, signed: type.isSignedIntegerValue };
    if (type.isFunction) refuse(node, "A function cannot be part of the input or output.");
    const reference = type.getClass();
    if (reference === null || !type.isInternalReference) return notCarried(node);
    return this.#reference(reference, node, place);
  }

  #reference(reference: Class, node: TypeNode, place: Place): Shape {
    const name = reference.prototype.internalName;
    if (name === "~lib/string/String") return { kind: "string" };
    if (name === "~lib/orcade/utf8/Utf8") return { kind: "utf8" };
    if (name === "~lib/array/Array" || name === "~lib/staticarray/StaticArray") {
      return { kind: "array", item: this.#argument(reference, 0, node, place), bytes: false };
    }
    const [, typed] = /^~lib\/typedarray\/(\w+)Array$/.exec(name) ?? [];
    if (typed !== undefined) return { kind: "array", item: itemOfTypedArray(typed), bytes: typed === "Uint8" };
    if (name === "~lib/map/Map") {
      if (reference.typeArguments?.[0]?.getClass()?.prototype.internalName !== "~lib/string/String") {
        refuse(node, "A Map in the input or output needs string keys: JSON has no others.");
      }
      return { kind: "map", value: this.#argument(reference, 1, node, place) };
    }
    if (name === "~lib/orcade/optional/Optional") {
      refuse(node, "Optional<T> is for the fields of a class: nothing else can be absent. Write T | null.");
    }
    return { kind: "object", of: this.#class(reference, node, place) };
  }

  #argument(reference: Class, index: number, node: TypeNode, place: Place): Shape {
    const type = reference.typeArguments?.[index];
    if (type === undefined) return notCarried(node);
    return this.shape(type, argumentNode(node, reference, index), { ...place, depth: place.depth + 1 });
  }

  #class(reference: Class, node: TypeNode, place: Place): ClassModel {
    const { name, declaration } = reference.prototype;
    if (place.within.includes(reference)) {
      refuse(node, `${name} contains itself: such a type has no bounded depth. Use an array and indices into it.`);
    }
    const known = this.#models.get(reference);
    if (known !== undefined) {
      const depth = place.depth + depthOf({ kind: "object", of: known }) - 1;
      if (depth > MAX_DEPTH) refuse(node, `This type nests more than ${MAX_DEPTH} levels deep.`);
      return known;
    }
    checkClass(reference, node);
    const inside = { within: [...place.within, reference], depth: place.depth };
    const above = reference.base;
    const isRoot = above === null || above.prototype.internalName === "~lib/object/Object";
    const model = this.#model(reference, isRoot ? undefined : this.#class(above, node, inside), inside);
    if (allFields(model).length > MAX_FIELDS) refuse(declaration.name, `${name} has more than ${MAX_FIELDS} fields.`);
    this.#models.set(reference, model);
    return model;
  }

  #model(reference: Class, base: ClassModel | undefined, place: Place): ClassModel {
    const { declaration, constructorPrototype, name } = reference.prototype;
    const parameters = constructorPrototype?.functionTypeNode.parameters ?? [];
    if (this.#role === "input" && parameters.some((each) => parameterKind(each) === "plain")) {
      refuse(declaration.name, `${name} is read from the input: its constructor must need no parameters.`);
    }
    const reader = new FieldReader(reference, this.#role, (type, node) =>
      this.shape(type, node, { ...place, depth: place.depth + 1 }),
    );
    const fields: FieldModel[] = [];
    const hidden: ClassModel["hidden"][number][] = [];
    for (const field of ownFields(reference)) {
      if (hasFlag(field, "Private", "Protected")) hidden.push(reader.hidden(field));
      else fields.push(reader.field(field));
    }
    const { source, start, end } = declaration.range;
    const constructed = constructorPrototype !== null || (base?.constructed ?? false);
    const doc = docBefore(source.text, start);
    return { name, file: source.normalizedPath, end: end - 1, base, constructed, fields, hidden, doc };
  }
}

function notCarried(node: TypeNode): never {
  return refuse(node, `${textOf(node)} cannot be part of the input or output: JSON has nothing like it.`);
}

function checkClass(reference: Class, node: TypeNode): void {
  const { internalName, name } = reference.prototype;
  if (internalName.startsWith("~lib/")) notCarried(node);
  if (reference.isInterface) refuse(node, `${name} is an interface, whose fields are not known: use a class.`);
  if (reference.typeArguments !== null && reference.typeArguments.length > 0) {
    refuse(node, `${name} is generic: write a class with the types it stands for.`);
  }
  if (reference.type.isUnmanaged) refuse(node, `${name} is unmanaged: remove the decorator.`);
}

function itemOfTypedArray(name: string): Shape {
  if (name.startsWith("Float")) return { kind: "float" };
  return { kind: "integer", bits: Number(/\d+/.exec(name)?.[0]), signed: name.startsWith("Int") };
}
