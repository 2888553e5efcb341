// Trees as program text: with no more parentheses than needed, or grouped, with one pair around every operator's call, to
// show how a program was read.
import type {
  Clause,
  Declaration,
  Expression,
  Kinded,
  Literal,
  Name,
  Pattern,
  Step,
  Type,
} from "../../../worker/orc/syntax/ast.ts";
import { LEVELS } from "../../../worker/orc/syntax/operators.ts";

const NAME = /^[\p{ID_Start}]/u;
const nameText = (name: string): string => (NAME.test(name) ? name : `(${name})`);

/** Everything that may not stand raw in a string, and some that may. */
const escaped = (text: string): string =>
  text.replace(/["\\\n\r\f\t\u0085\u2028\u2029]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);

export function literalText(literal: Literal): string {
  switch (literal.type) {
    case "integer":
    case "number":
      return literal.text;
    case "string":
      return `"${escaped(literal.text)}"`;
    case "boolean":
      return String(literal.value);
    case "signal":
    case "null":
      return literal.type;
  }
}

const isNegative = (literal: Literal): boolean =>
  (literal.type === "integer" || literal.type === "number") && literal.text.startsWith("-");

export function typeText(t: Type): string {
  const all = (types: readonly Type[]): string => types.map(typeText).join(", ");
  switch (t.kind) {
    case "name":
      return t.arguments === undefined ? t.name : `${t.name}[${all(t.arguments)}]`;
    case "tuple":
      return `(${all(t.parts)})`;
    case "record":
      return `{. ${t.fields.map(({ key, type }) => `${key} :: ${typeText(type)}`).join(", ")} .}`;
    case "lambda":
      return `lambda${parametersText(t.typeParameters)}(${all(t.parameters)}) :: ${typeText(t.result)}`;
  }
}

const parametersText = (names: readonly Name[] | undefined): string =>
  names === undefined ? "" : `[${names.map(({ name }) => name).join(", ")}]`;

/** @param level 0: anything; 1: no type; 2: no `as`; 3: no `:` */
export function patternText(p: Pattern, level = 0): string {
  const own = { typed: 0, as: 1, cons: 2 }[p.kind as string] ?? 3;
  const text = barePattern(p);
  return own < level ? `(${text})` : text;
}

function barePattern(p: Pattern): string {
  const all = (parts: readonly Pattern[]): string => parts.map((part) => patternText(part)).join(", ");
  switch (p.kind) {
    case "any":
      return "_";
    case "bind":
      return nameText(p.name.name);
    case "literal":
      return literalText(p.literal);
    case "tuple":
      return p.parts.length === 1 ? `(${all(p.parts)},)` : `(${all(p.parts)})`;
    case "list":
      return `[${all(p.parts)}]`;
    case "cons":
      return [...p.heads, p.tail].map((part) => patternText(part, 3)).join(" : ");
    case "record":
      return `{. ${p.fields.map(({ key, pattern }) => `${nameText(key.name)} = ${patternText(pattern)}`).join(", ")} .}`;
    case "call":
      return `${nameText(p.target.name)}(${all(p.parts)})`;
    case "as":
      return `${patternText(p.pattern, 2)} as ${nameText(p.name.name)}`;
    case "typed":
      return `${patternText(p.pattern, 1)} :: ${typeText(p.type)}`;
  }
}

/** How tightly the outermost form of an expression binds: 0 for prefix forms, 12 for signs, 13 for calls, 14 for bases. */
function levelOf(e: Expression): number {
  switch (e.kind) {
    case "if":
    case "lambda":
    case "declare":
    case "typed":
      return 0;
    case "otherwise":
      return 1;
    case "prune":
      return 2;
    case "parallel":
      return 3;
    case "sequential":
      return 4;
    case "operators":
      return LEVELS.get(e.rest[0]?.operator.name ?? "")?.level ?? 0;
    case "unary":
      return 12;
    case "literal":
      return isNegative(e.literal) ? 12 : 14;
    case "chain":
      return 13;
    default:
      return 14;
  }
}

export class Printer {
  readonly #grouped: boolean;

  constructor(grouped: boolean) {
    this.#grouped = grouped;
  }

  print(e: Expression, level = 0): string {
    const own = levelOf(e);
    const text = this.#bare(e);
    const isOperator = own > 0 && own < 12;
    return own < level || (this.#grouped && (isOperator || e.kind === "unary")) ? `(${text})` : text;
  }

  #all(items: readonly Expression[]): string {
    return items.map((item) => this.print(item)).join(", ");
  }

  #bare(e: Expression): string {
    switch (e.kind) {
      case "stop":
        return "stop";
      case "literal":
        return literalText(e.literal);
      case "variable":
        return nameText(e.occurrence.name);
      case "tuple":
        return `(${this.#all(e.items)})`;
      case "list":
        return `[${this.#all(e.items)}]`;
      case "record":
        return `{. ${e.fields.map(({ key, value }) => `${nameText(key.name)} = ${this.print(value)}`).join(", ")} .}`;
      case "chain":
        return this.print(e.base, 13) + e.steps.map((step) => this.#step(step)).join("");
      case "unary":
        return (e.operator.name === "0-" ? "-" : "~") + this.#operand(e.operand);
      case "operators":
        return this.#operators(e);
      case "sequential":
        return this.#piped(e, ">");
      case "prune":
        return this.#piped(e, "<");
      case "parallel":
        return e.branches.map((branch) => this.print(branch, 4)).join(" | ");
      case "otherwise":
        return e.branches.map((branch) => this.print(branch, 2)).join(" ; ");
      case "if":
        return this.#conditional(e);
      case "lambda":
        return `lambda${this.#clause(e.clause)}`;
      case "declare":
        return `${e.declarations.map((one) => `${this.declaration(one)} #\n`).join("")}${this.print(e.body)}`;
      case "typed":
        return `${this.print(e.expression, 1)} ${e.override ? ":!:" : "::"} ${typeText(e.type)}`;
    }
  }

  /** A number behind `-` would become part of it, also at the beginning of a chain. */
  #operand(e: Expression): string {
    const first = e.kind === "chain" ? e.base : e;
    return first.kind === "literal" ? `(${this.print(e)})` : this.print(e, 13);
  }

  #step(step: Step): string {
    switch (step.kind) {
      case "field":
        return `.${nameText(step.name)}`;
      case "read":
        return "?";
      case "arguments": {
        const types = step.types === undefined ? "" : `[${step.types.map(typeText).join(", ")}]`;
        return `${types}(${this.#all(step.items)})`;
      }
    }
  }

  #operators(e: Kinded<"operators">): string {
    const level = levelOf(e) + 1;
    const parts = [e.first, ...e.rest.map(({ right }) => right)].map((part) => this.print(part, level));
    const operators = e.rest.map(({ operator }) => operator.name);
    return this.#joined(parts, operators, LEVELS.get(operators[0] ?? "")?.grouping === "right");
  }

  #piped(e: Kinded<"sequential" | "prune">, mark: string): string {
    const level = levelOf(e) + 1;
    const parts = [e.first, ...e.rest.map(({ expression }) => expression)].map((part) => this.print(part, level));
    const operators = e.rest.map(({ pattern }) => `${mark}${pattern === undefined ? "" : patternText(pattern)}${mark}`);
    return this.#joined(parts, operators, mark === ">");
  }

  /** A chain of one level; grouped: with the parentheses it stands for. */
  #joined(parts: readonly string[], operators: readonly string[], right: boolean): string {
    if (!this.#grouped) return parts.map((part, at) => (at === 0 ? part : ` ${operators[at - 1]} ${part}`)).join("");
    const last = parts.length - 1;
    if (right) {
      const fold = (inner: string, at: number): string => `${parts[at]} ${operators[at]} ${inner}`;
      let text = parts[last] ?? "";
      for (let at = last - 1; at >= 0; at--) text = fold(at === last - 1 ? text : `(${text})`, at);
      return text;
    }
    let text = parts[0] ?? "";
    for (let at = 1; at <= last; at++) text = `${at === 1 ? text : `(${text})`} ${operators[at - 1]} ${parts[at]}`;
    return text;
  }

  #conditional(e: Kinded<"if">): string {
    const arms = e.arms.map(({ condition, yes }) => `if ${this.print(condition)} then ${this.print(yes)} else `);
    return arms.join("") + this.print(e.no);
  }

  #clause(c: Clause): string {
    const result = c.result === undefined ? "" : ` :: ${typeText(c.result)}`;
    const guard = c.guard === undefined ? "" : ` if (${this.print(c.guard)})`;
    const parameters = c.parameters.map((p) => patternText(p)).join(", ");
    return `${parametersText(c.typeParameters)}(${parameters})${result}${guard} = ${this.print(c.body)}`;
  }

  declaration(d: Declaration): string {
    switch (d.kind) {
      case "val":
        return `val ${patternText(d.pattern)} = ${this.print(d.value)}`;
      case "def":
        return `def ${d.isClass ? "class " : ""}${nameText(d.name.name)}${this.#clause(d.clause)}`;
      case "signature": {
        const types = d.parameters.map(typeText).join(", ");
        return `def ${nameText(d.name.name)}${parametersText(d.typeParameters)}(${types}) :: ${typeText(d.result)}`;
      }
      case "datatype": {
        const made = d.datatype.constructors.map(({ name, arity, types }) => {
          const parts = types === undefined ? Array.from({ length: arity }, () => "_") : types.map(typeText);
          return `${nameText(name.name)}(${parts.join(", ")})`;
        });
        return `type ${nameText(d.datatype.name.name)}${parametersText(d.typeParameters)} = ${made.join(" | ")}`;
      }
      case "alias":
        return `type ${nameText(d.name.name)}${parametersText(d.typeParameters)} = ${typeText(d.type)}`;
      case "import":
        return `import ${d.what} ${nameText(d.name.name)} = "${escaped(d.target)}"`;
      case "include":
        return `include "${escaped(d.file)}"`;
    }
  }
}
