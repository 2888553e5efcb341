// The tables of a program while it is made.
import { Refusal } from "../source/diagnostics.ts";
import type { Texts, Stretch } from "../source/texts.ts";
import { ConstantPool } from "./constants.ts";
import type { Calling, Definition, DefinitionId, Node, NodeId, Operand, Program } from "./program.ts";

/**
 * Nodes of a program and its prelude: a megabyte of ordinary text comes to a third of it, a megabyte of `?` to six times as many,
 * which would take more memory than an isolate has.
 */
export const MAXIMUM_NODES = 300_000;

/** What a call needs to know of a definition. */
export type Signature = Pick<Definition, "name" | "arity" | "convention">;

export class Builder {
  readonly pool: ConstantPool;
  readonly #texts: Texts;
  readonly #nodes: Node[];
  readonly #spans: number[];
  readonly #definitions: Definition[];
  /** once[n]: node n publishes at most once, whatever its variables hold. */
  readonly #once: boolean[];

  /** @param from the tables of the prelude, which keep their numbers */
  constructor(texts: Texts, pool: ConstantPool, from?: Builder) {
    this.#texts = texts;
    this.pool = pool;
    this.#nodes = from === undefined ? [] : from.#nodes.slice();
    this.#spans = from === undefined ? [] : from.#spans.slice();
    this.#definitions = from === undefined ? [] : from.#definitions.slice();
    this.#once = from === undefined ? [] : from.#once.slice();
  }

  get size(): number {
    return this.#nodes.length;
  }

  /** @throws Refusal when there are too many */
  node(node: Node, at: Stretch): NodeId {
    if (this.#nodes.length >= MAXIMUM_NODES) {
      const message = `The program comes to more than ${MAXIMUM_NODES} steps.`;
      throw new Refusal({ code: "too-large", message, fix: "Split it, or pass its data as arguments.", at });
    }
    this.#spans.push(...this.#texts.spanOf(at));
    this.#once.push(this.#publishesOnce(node));
    return this.#nodes.push(node) - 1;
  }

  once(id: NodeId): boolean {
    return this.#once[id] ?? false;
  }

  #publishesOnce(node: Node): boolean {
    switch (node.kind) {
      case "stop":
      case "atom":
      case "tuple":
      case "list":
      case "record":
        return true;
      case "call":
        return node.calling === "site";
      case "field":
      case "method":
      case "parallel":
        return false;
      case "sequential":
        return this.once(node.left) && this.once(node.right);
      case "prune":
      case "define":
      case "clock":
        return this.once(node.body);
      case "otherwise":
        return node.branches.every((branch) => this.once(branch));
      case "branch":
      case "guard":
      case "match":
        return this.once(node.yes) && this.once(node.no);
    }
  }

  /** A definition's number, before its body is there. */
  reserve(signature: Signature): DefinitionId {
    return this.#definitions.push({ ...signature, frame: 1, body: 0, span: [0, 0, 0] }) - 1;
  }

  define(id: DefinitionId, frame: number, body: NodeId, at: Stretch): void {
    const reserved = this.#definitions[id];
    if (reserved !== undefined) this.#definitions[id] = { ...reserved, frame, body, span: this.#texts.spanOf(at) };
  }

  /** Of a closure without an environment. */
  signatureOf(target: Operand): Signature | undefined {
    const constant = target.kind === "constant" ? this.pool.at(target.constant) : undefined;
    return constant?.type === "closure" ? this.#definitions[constant.definition] : undefined;
  }

  calling(target: Operand, count: number): Calling {
    const constant = target.kind === "constant" ? this.pool.at(target.constant) : undefined;
    if (constant?.type === "site" || constant?.type === "constructor") return "site";
    const signature = this.signatureOf(target);
    if (signature?.convention === "site") return "site";
    return signature?.arity === count ? "function" : "dynamic";
  }

  program(root: NodeId, frame: number): Program {
    const sites = this.pool.constants.flatMap((constant) => (constant.type === "site" ? [constant.name] : []));
    return {
      format: 1,
      sources: this.#texts.sources,
      nodes: this.#nodes,
      spans: this.#spans,
      constants: this.pool.constants,
      constructors: this.pool.constructors,
      definitions: this.#definitions,
      root,
      frame,
      sites: sites.sort(),
    };
  }
}
