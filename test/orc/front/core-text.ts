// A program's core as text, for tests: names of definitions instead of numbers, slots as `$slot` or `$slot^depth`.
import type { Constant, NodeId, Operand, Pattern, Program } from "../../../worker/orc/core/program.ts";

function constantText(program: Program, constant: Constant | undefined): string {
  switch (constant?.type) {
    case undefined:
      return "?";
    case "integer":
    case "number":
      return constant.text;
    case "string":
      return JSON.stringify(constant.text);
    case "boolean":
      return String(constant.value);
    case "signal":
    case "null":
      return constant.type;
    case "nil":
      return "[]";
    case "site":
      return `@${constant.name}`;
    case "constructor":
      return `%${program.constructors[constant.constructor]?.name}`;
    case "closure":
      return program.definitions[constant.definition]?.name ?? "?";
  }
}

class Writer {
  readonly #program: Program;

  constructor(program: Program) {
    this.#program = program;
  }

  operand(o: Operand): string {
    if (o.kind === "constant") return constantText(this.#program, this.#program.constants[o.constant]);
    const depth = o.depth === 0 ? "" : `^${o.depth}`;
    if (o.kind === "slot") return `$${o.slot}${depth}`;
    return `&${this.#program.definitions[o.definition]?.name}${depth}`;
  }

  operands(all: readonly Operand[]): string {
    return all.map((one) => this.operand(one)).join(", ");
  }

  pattern(p: Pattern): string {
    const all = (parts: readonly Pattern[]): string => parts.map((part) => this.pattern(part)).join(", ");
    switch (p.kind) {
      case "any":
        return "_";
      case "bind":
        return `$${p.slot}`;
      case "literal":
        return constantText(this.#program, this.#program.constants[p.constant]);
      case "tuple":
        return `(${all(p.parts)})`;
      case "list":
        return `[${all(p.parts)}]`;
      case "cons":
        return [...p.heads, p.tail].map((part) => this.pattern(part)).join(":");
      case "record":
        return `{. ${p.fields.map(({ key, pattern }) => `${key} = ${this.pattern(pattern)}`).join(", ")} .}`;
      case "data":
        return `${this.#program.constructors[p.constructor]?.name}(${all(p.parts)})`;
      case "as":
        return `${this.pattern(p.pattern)} as $${p.slot}`;
    }
  }

  node(id: NodeId): string {
    const node = this.#program.nodes[id];
    if (node === undefined) return "?";
    switch (node.kind) {
      case "stop":
        return "stop";
      case "atom":
        return this.operand(node.operand);
      case "call": {
        const mark = { function: "", site: "", dynamic: "?" }[node.calling];
        return `${this.operand(node.target)}${mark}(${this.operands(node.arguments)})${node.tail ? "!" : ""}`;
      }
      case "field":
        return `${this.operand(node.target)}.${node.name}${node.tail ? "!" : ""}`;
      case "method":
        return `${this.operand(node.target)}.${node.name}(${this.operands(node.arguments)})${node.tail ? "!" : ""}`;
      case "tuple":
        return `(${this.operands(node.parts)})`;
      case "list":
        return `[${this.operands(node.parts)}]`;
      case "record":
        return `{. ${node.fields.map(({ key, value }) => `${key} = ${this.operand(value)}`).join(", ")} .}`;
      case "parallel":
        return `(${node.branches.map((branch) => this.node(branch)).join(" | ")})`;
      case "otherwise":
        return `(${node.branches.map((branch) => this.node(branch)).join(" ; ")})`;
      case "sequential": {
        const slot = node.slot === 0 ? "" : `$${node.slot}`;
        const frame = node.frame === 0 ? "" : `/${node.frame}`;
        return `(${this.node(node.left)} >${slot}${frame}> ${this.node(node.right)})`;
      }
      case "prune": {
        const bindings = node.bindings.map(({ slots, node: right }) => {
          return ` <${slots.map((slot) => `$${slot}`).join(" ")}< ${this.node(right)}`;
        });
        return `(${this.node(node.body)}${bindings.join("")})`;
      }
      case "branch":
        return `(if ${this.operand(node.condition)} then ${this.node(node.yes)} else ${this.node(node.no)})`;
      case "guard":
        return `(guard ${this.operand(node.condition)} then ${this.node(node.yes)} else ${this.node(node.no)})`;
      case "match": {
        const patterns = node.patterns.map((p) => this.pattern(p)).join(", ");
        const { values, yes, no } = node;
        return `(match ${this.operands(values)} with ${patterns} then ${this.node(yes)} else ${this.node(no)})`;
      }
      case "define": {
        const components = node.components.map(({ captures, members }) => {
          const made = members.map(({ definition, slot }) => `${this.#program.definitions[definition]?.name}=$${slot}`);
          return `{${made.join(" ")}: ${this.operands(captures)}}`;
        });
        return `(define ${components.join(" ")} in ${this.node(node.body)})`;
      }
      case "clock":
        return `(clock ${this.operand(node.order)} in ${this.node(node.body)})`;
    }
  }
}

/** Definitions behind those of the prelude, then the program; frames of more than their arguments are given. */
export function coreText(program: Program, preludeDefinitions: number): string {
  const writer = new Writer(program);
  const lines = program.definitions.slice(preludeDefinitions).map(({ name, arity, convention, frame, body }) => {
    const word = convention === "site" ? "site" : "def";
    return `${word} ${name}/${arity} frame ${frame} = ${writer.node(body)}`;
  });
  return [...lines, writer.node(program.root)].join("\n");
}
