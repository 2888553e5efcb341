// The fields of one class of the author's.
import type { Class, FieldDeclaration, PropertyPrototype, Type, TypeNode } from "assemblyscript";
import { docBefore } from "./doc.ts";
import { literalOf } from "./literal.ts";
import { refuse } from "./refusal.ts";
import type { ClassModel, FieldModel, Role, Shape } from "./shapes.ts";
import { argumentNode, hasFlag, written } from "./syntax.ts";

const OPTIONAL = "~lib/orcade/optional/Optional";

/** The instance fields a class declares itself, in the order it does. */
export function ownFields(reference: Class): readonly FieldDeclaration[] {
  const members = [...(reference.prototype.instanceMembers?.values() ?? [])];
  return members.flatMap((member) => {
    const field = (member as Partial<PropertyPrototype>).fieldDeclaration;
    return field === undefined || field === null || hasFlag(field, "Static") ? [] : [field];
  });
}

export class FieldReader {
  readonly #reference: Class;
  readonly #role: Role;
  readonly #shapeOf: (type: Type, node: TypeNode) => Shape;

  constructor(reference: Class, role: Role, shapeOf: (type: Type, node: TypeNode) => Shape) {
    this.#reference = reference;
    this.#role = role;
    this.#shapeOf = shapeOf;
  }

  /** A field that is not part of the value. */
  hidden(field: FieldDeclaration): ClassModel["hidden"][number] {
    return { name: field.name.text, ...initialiserOf(field) };
  }

  field(field: FieldDeclaration): FieldModel {
    const name = field.name.text;
    const { type, node } = this.#typeOf(field);
    if (!/^[A-Za-z_$][\w$]*$/.test(name))
      refuse(field.name, `The name ${name} is not ASCII, and JSON keys made here are.`);
    if (this.#role === "input" && hasFlag(field, "Readonly")) {
      refuse(field.name, `${name} is read from the input: remove readonly.`);
    }
    const wrapper = type.getClass();
    const optional = !type.isNullableReference && wrapper?.prototype.internalName === OPTIONAL;
    const inner = optional ? wrapper?.typeArguments?.[0] : type;
    if (inner === undefined) return refuse(node, `The type of ${name} is not known.`);
    const innerNode = optional ? argumentNode(node, wrapper, 0) : node;
    return {
      name,
      shape: this.#shapeOf(inner, innerNode),
      type: written(innerNode),
      optional,
      ...initialiserOf(field),
      literal: field.initializer === null ? undefined : literalOf(field.initializer),
      doc: docBefore(field.range.source.text, field.range.start),
    };
  }

  #typeOf(field: FieldDeclaration): { type: Type; node: TypeNode } {
    const member = this.#reference.members?.get(field.name.text) as Partial<PropertyPrototype> | undefined;
    const type = member?.instance?.type;
    if (type === undefined || field.type === null) {
      return refuse(field, `The type of ${field.name.text} is not known: write it after the name.`);
    }
    return { type, node: field.type };
  }
}

function initialiserOf(field: FieldDeclaration): Pick<FieldModel, "initialiser"> {
  return { initialiser: field.initializer === null ? undefined : written(field.initializer) };
}
