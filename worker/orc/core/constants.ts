// The constants and constructors of a program: every constant once.
import type { Literal } from "../syntax/ast.ts";
import type { Constant, ConstantId, Constructor } from "./program.ts";

function keyOf(constant: Constant): string {
  switch (constant.type) {
    case "integer":
    case "number":
    case "string":
      return `${constant.type} ${constant.text}`;
    case "boolean":
      return `boolean ${constant.value}`;
    case "signal":
    case "null":
    case "nil":
      return constant.type;
    case "site":
      return `site ${constant.name}`;
    case "constructor":
      return `constructor ${constant.constructor}`;
    case "closure":
      return `closure ${constant.definition}`;
  }
}

export class ConstantPool {
  readonly #constants: Constant[] = [];
  readonly #constructors: Constructor[] = [];
  readonly #ids = new Map<string, ConstantId>();

  /** @param from what is known already: the prelude's */
  constructor(from?: ConstantPool) {
    if (from === undefined) return;
    this.#constants = from.#constants.slice();
    this.#constructors = from.#constructors.slice();
    this.#ids = new Map(from.#ids);
  }

  get constants(): readonly Constant[] {
    return this.#constants;
  }

  get constructors(): readonly Constructor[] {
    return this.#constructors;
  }

  at(id: ConstantId): Constant | undefined {
    return this.#constants[id];
  }

  add(constant: Constant): ConstantId {
    const key = keyOf(constant);
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const id = this.#constants.push(constant) - 1;
    this.#ids.set(key, id);
    return id;
  }

  literal(literal: Literal): ConstantId {
    switch (literal.type) {
      case "integer":
      case "number":
      case "string":
        return this.add({ type: literal.type, text: literal.text });
      case "boolean":
        return this.add({ type: "boolean", value: literal.value });
      case "signal":
      case "null":
        return this.add({ type: literal.type });
    }
  }

  constructorOf(made: Constructor): ConstantId {
    return this.add({ type: "constructor", constructor: this.#constructors.push(made) - 1 });
  }
}
