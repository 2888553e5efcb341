// What the contract of worker/orc/core/program.ts promises an evaluator, checked on a program.
import type { Node, NodeId, Operand, Pattern, Program } from "../../../worker/orc/core/program.ts";

/** A frame: its size, what is written in it, and the frame above it. */
interface Frame {
  readonly size: number;
  readonly written: Set<number>;
  readonly above: Frame | undefined;
  /** Of an environment: the definitions of its component. */
  readonly members: ReadonlySet<number>;
}

class Verifier {
  readonly problems: string[] = [];
  readonly #program: Program;
  /** Environments by definition, as `define` nodes make them. */
  readonly #environments = new Map<number, Frame>();
  #started = new Set<NodeId>();

  constructor(program: Program) {
    this.#program = program;
  }

  run(): void {
    const { definitions, nodes, spans, root, frame, sources } = this.#program;
    for (const node of nodes) if (node.kind === "define") this.#component(node);
    this.#body(root, { size: frame, written: new Set(), above: undefined, members: new Set() });
    for (const [id, { arity, body, frame: size }] of definitions.entries()) {
      const written = new Set(Array.from({ length: arity }, (_, at) => at + 1));
      this.#body(body, { size, written, above: this.#environments.get(id), members: new Set() });
    }
    if (spans.length !== 3 * nodes.length) this.#say("not every node has a span");
    for (let at = 0; at < spans.length; at += 3) {
      const [source = -1, start = 0, end = 0] = spans.slice(at, at + 3);
      const text = sources[source]?.text;
      if (text === undefined || start > end || end > text.length) this.#say(`a span outside of its text`);
    }
  }

  #say(problem: string): void {
    this.problems.push(problem);
  }

  #component({ components }: Extract<Node, { kind: "define" }>): void {
    for (const { captures, members } of components) {
      const written = new Set(captures.map((_, at) => at + 1));
      const ids = new Set(members.map(({ definition }) => definition));
      const environment = { size: captures.length + 1, written, above: undefined, members: ids };
      for (const id of ids) {
        if (this.#environments.has(id)) this.#say(`definition ${id} is made twice`);
        this.#environments.set(id, environment);
      }
    }
  }

  #body(body: NodeId, frame: Frame): void {
    this.#started = new Set();
    this.#declare(body, frame);
    this.#node(body, frame, true);
  }

  /** Writes what the nodes of this frame bind, each slot once; inner frames are left for later. */
  #declare(id: NodeId, frame: Frame): void {
    const seen = new Set<NodeId>();
    const visit = (at: NodeId): void => {
      if (seen.has(at)) return;
      seen.add(at);
      const node = this.#program.nodes[at];
      if (node === undefined) return this.#say(`no node ${at}`);
      for (const slot of slotsOf(node)) this.#write(slot, frame);
      for (const inner of innerOf(node)) visit(inner);
    };
    visit(id);
  }

  #write(slot: number, frame: Frame): void {
    if (slot < 1 || slot >= frame.size) this.#say(`slot ${slot} of a frame of ${frame.size}`);
    if (frame.written.has(slot)) this.#say(`slot ${slot} is written twice`);
    frame.written.add(slot);
  }

  #operand(o: Operand, frame: Frame): void {
    if (o.kind === "constant") return void (this.#program.constants[o.constant] ?? this.#say("no such constant"));
    let at: Frame | undefined = frame;
    for (let depth = o.depth; depth > 0; depth--) at = at?.above;
    if (at === undefined) return this.#say(`nothing ${o.depth} above`);
    if (o.kind === "sibling") {
      if (!at.members.has(o.definition)) this.#say(`definition ${o.definition} is no sibling`);
    } else if (!at.written.has(o.slot)) this.#say(`slot ${o.slot} is never written`);
  }

  /** @param tail may the node's publications be those of the body? */
  #node(id: NodeId, frame: Frame, tail: boolean): void {
    const node = this.#program.nodes[id];
    if (node === undefined) return;
    // Only the entry of a next clause may be reached on two ways, of which one is taken.
    if (this.#started.has(id)) return;
    this.#started.add(id);
    if ("tail" in node && node.tail && !tail) this.#say(`${node.kind} ${id} is no tail call`);
    for (const operand of operandsOf(node)) this.#operand(operand, frame);
    if (node.kind === "sequential") return this.#sequential(node, frame, tail);
    for (const [inner, position] of this.#children(node)) this.#node(inner, frame, tail && position);
  }

  #sequential({ left, right, frame: size, slot }: Extract<Node, { kind: "sequential" }>, frame: Frame, tail: boolean) {
    this.#node(left, frame, false);
    if (size === 0) return this.#node(right, frame, tail);
    const inner: Frame = { size, written: new Set(), above: frame, members: new Set() };
    if (slot > 0) this.#write(slot, inner);
    this.#declare(right, inner);
    this.#node(right, inner, tail);
  }

  /** Nodes in the same frame, and whether their publications are those of the node. */
  #children(node: Node): readonly (readonly [NodeId, boolean])[] {
    switch (node.kind) {
      case "method":
        return [[node.general, true]];
      case "parallel":
        return node.branches.map((branch) => [branch, true] as const);
      case "otherwise":
        return node.branches.map((branch, at) => [branch, at === node.branches.length - 1] as const);
      case "prune":
        return [...node.bindings.map((binding) => [binding.node, false] as const), [node.body, true]];
      case "branch":
      case "guard":
      case "match":
        return [
          [node.yes, true],
          [node.no, true],
        ];
      case "define":
        return [[node.body, true]];
      case "clock":
        return [[node.body, false]];
      default:
        return [];
    }
  }
}

function innerOf(node: Node): readonly NodeId[] {
  switch (node.kind) {
    case "method":
      return [node.general];
    case "parallel":
    case "otherwise":
      return node.branches;
    case "sequential":
      return node.frame === 0 ? [node.left, node.right] : [node.left];
    case "prune":
      return [...node.bindings.map((binding) => binding.node), node.body];
    case "branch":
    case "guard":
    case "match":
      return [node.yes, node.no];
    case "define":
    case "clock":
      return [node.body];
    default:
      return [];
  }
}

const patternSlots = (p: Pattern): readonly number[] => {
  switch (p.kind) {
    case "any":
    case "literal":
      return [];
    case "bind":
      return [p.slot];
    case "tuple":
    case "list":
    case "data":
      return p.parts.flatMap(patternSlots);
    case "cons":
      return [...p.heads, p.tail].flatMap(patternSlots);
    case "record":
      return p.fields.flatMap(({ pattern }) => patternSlots(pattern));
    case "as":
      return [p.slot, ...patternSlots(p.pattern)];
  }
};

/** Slots of the node's own frame that it writes. */
function slotsOf(node: Node): readonly number[] {
  switch (node.kind) {
    case "sequential":
      return node.frame === 0 && node.slot > 0 ? [node.slot] : [];
    case "prune":
      return node.bindings.flatMap(({ slots }) => slots);
    case "match":
      return node.patterns.flatMap(patternSlots);
    case "define":
      return node.components.flatMap(({ members }) => members.map(({ slot }) => slot));
    default:
      return [];
  }
}

function operandsOf(node: Node): readonly Operand[] {
  switch (node.kind) {
    case "atom":
      return [node.operand];
    case "call":
    case "method":
      return [node.target, ...node.arguments];
    case "field":
      return [node.target];
    case "tuple":
    case "list":
      return node.parts;
    case "record":
      return node.fields.map(({ value }) => value);
    case "branch":
    case "guard":
      return [node.condition];
    case "match":
      return node.values;
    case "define":
      return node.components.flatMap(({ captures }) => captures);
    case "clock":
      return [node.order];
    default:
      return [];
  }
}

/** @returns what is wrong with a program; nothing, if the front keeps its promises */
export function problemsOf(program: Program): readonly string[] {
  const verifier = new Verifier(program);
  verifier.run();
  return verifier.problems;
}
