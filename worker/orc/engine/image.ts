// A program made ready to run: one record of one shape per node, constants as values, host sites looked up. Derived from the
// Program alone, so a snapshot needs none of it.
import type { Component, Definition, Node, NodeId, Operand, Pattern, Program } from "../core/program.ts";
import { Overrun } from "../values/bounds.ts";
import { parseDecimal } from "../values/decimal.ts";
import { Closure, Ctor, Field, integer, NIL, Port, SIGNAL, Site, type Value } from "../values/kinds.ts";
import type { Run } from "./run.ts";
import { FAST, type HostSite, type Library } from "./site.ts";

export const CODE = {
  stop: 0,
  atom: 1,
  site: 2,
  function: 3,
  call: 4,
  field: 5,
  method: 6,
  tuple: 7,
  list: 8,
  record: 9,
  parallel: 10,
  sequential: 11,
  prune: 12,
  otherwise: 13,
  branch: 14,
  guard: 15,
  match: 16,
  define: 17,
  clock: 18,
} as const;

export const MODE = { constant: 0, local: 1, above: 2, far: 3, sibling: 4 } as const;

/** An operand. */
export class Arg {
  readonly mode: number;
  readonly depth: number;
  readonly slot: number;
  readonly value: Value;
  readonly definition: number;
  constructor(mode: number, depth: number, slot: number, value: Value, definition: number) {
    this.mode = mode;
    this.depth = depth;
    this.slot = slot;
    this.value = value;
    this.definition = definition;
  }
}

const NO_ARG = new Arg(MODE.constant, 0, 0, null, 0);

export interface Bind {
  readonly slots: readonly number[];
  readonly node: NodeId;
  /** May be computed at once, without a scope: nothing but sites, constructors and such bindings. */
  readonly quick: boolean;
}

export interface Group {
  readonly captures: readonly Arg[];
  readonly members: Component["members"];
}

/** One node. All of one shape; each code uses its own part. */
export class Op {
  readonly id: NodeId;
  code: number = CODE.stop;
  /** Call target, condition, order, what an atom reads. */
  target: Arg = NO_ARG;
  args: readonly Arg[] = [];
  first: Arg = NO_ARG;
  second: Arg = NO_ARG;
  site: HostSite | null = null;
  fast: number = FAST.none;
  /** left, then, body, general. */
  next: NodeId = -1;
  /** right, else. */
  other: NodeId = -1;
  slot = 0;
  frame = 0;
  bindings: readonly Bind[] = [];
  branches: readonly NodeId[] = [];
  groups: readonly Group[] = [];
  patterns: readonly Pattern[] = [];
  name = "";
  field: Field = NO_FIELD;
  keys: readonly string[] = [];
  callee: Definition | null = null;
  /** See Bind.quick. */
  quick = false;
  /** Nesting of quick bindings in it: attempts recurse so deep. */
  depth = 0;
  constructor(id: NodeId) {
    this.id = id;
  }
}

const NO_FIELD = new Field("");
/** Deeper nests of arguments are run by tasks: the host stack is not the program's. */
const QUICK_DEPTH = 50;

export interface Image {
  readonly program: Program;
  readonly ops: readonly Op[];
  readonly constants: readonly Value[];
  readonly ctors: readonly Ctor[];
  readonly definitions: readonly Definition[];
  readonly library: Library;
  readonly probe: Probe;
}

/** Calls a function of the program at once. @returns what it published, undefined if nothing */
export type Probe = (run: Run, target: Closure, args: readonly Value[]) => Value | undefined;

/** @returns the image, or the overrun of a literal out of bounds */
export function makeImage(program: Program, library: Library, probe: Probe): Image | Overrun {
  const ctors = program.constructors.map((ctor, id) => new Ctor(id, ctor.name, ctor.arity));
  const constants: Value[] = [];
  for (const constant of program.constants) {
    const value = constantValue(constant, ctors, library);
    if (value instanceof Overrun) return value;
    constants.push(value);
  }
  const ops = program.nodes.map((_, id) => new Op(id));
  const image: Image = { program, ops, constants, ctors, definitions: program.definitions, library, probe };
  program.nodes.forEach((node, id) => lower(ops[id] as Op, node, image));
  return image;
}

function constantValue(
  constant: Program["constants"][number],
  ctors: readonly Ctor[],
  library: Library,
): Value | Overrun {
  switch (constant.type) {
    case "integer":
      if (constant.text.length > 315_653) return new Overrun("integer-too-large", "An integer literal is too long");
      return integer(BigInt(constant.text));
    case "number":
      return parseDecimal(constant.text);
    case "string":
      return constant.text;
    case "boolean":
      return constant.value;
    case "signal":
      return SIGNAL;
    case "null":
      return null;
    case "nil":
      return NIL;
    case "site":
      return library.site(constant.name) === undefined ? new Port(constant.name) : new Site(constant.name);
    case "constructor":
      return ctors[constant.constructor] as Ctor;
    case "closure":
      return new Closure(constant.definition, null);
  }
}

function argOf(operand: Operand, image: Image): Arg {
  switch (operand.kind) {
    case "constant":
      return new Arg(MODE.constant, 0, 0, image.constants[operand.constant] as Value, 0);
    case "slot": {
      const mode = operand.depth === 0 ? MODE.local : operand.depth === 1 ? MODE.above : MODE.far;
      return new Arg(mode, operand.depth, operand.slot, null, 0);
    }
    case "sibling":
      return new Arg(MODE.sibling, operand.depth, 0, null, operand.definition);
  }
}

function setArgs(op: Op, operands: readonly Operand[], image: Image): void {
  op.args = operands.map((operand) => argOf(operand, image));
  op.first = op.args[0] ?? NO_ARG;
  op.second = op.args[1] ?? NO_ARG;
}

function lower(op: Op, node: Node, image: Image): void {
  switch (node.kind) {
    case "stop":
      op.quick = true;
      return;
    case "atom":
      op.code = CODE.atom;
      op.target = argOf(node.operand, image);
      op.quick = true;
      return;
    case "call":
      return lowerCall(op, node, image);
    case "field":
      op.code = CODE.field;
      op.target = argOf(node.target, image);
      op.name = node.name;
      op.field = new Field(node.name);
      op.quick = true;
      return;
    case "method":
      op.code = CODE.method;
      op.target = argOf(node.target, image);
      op.name = node.name;
      op.next = node.general;
      op.quick = true;
      return setArgs(op, node.arguments, image);
    case "tuple":
    case "list":
      op.code = node.kind === "tuple" ? CODE.tuple : CODE.list;
      op.quick = true;
      return setArgs(op, node.parts, image);
    case "record":
      op.code = CODE.record;
      op.quick = true;
      op.keys = node.fields.map((field) => field.key);
      return setArgs(
        op,
        node.fields.map((field) => field.value),
        image,
      );
    default:
      return lowerControl(op, node, image);
  }
}

type Control = Exclude<Node, { kind: "stop" | "atom" | "call" | "field" | "method" | "tuple" | "list" | "record" }>;

function lowerControl(op: Op, node: Control, image: Image): void {
  switch (node.kind) {
    case "parallel":
    case "otherwise":
      op.code = CODE[node.kind];
      op.branches = node.branches;
      return;
    case "sequential":
      op.code = CODE.sequential;
      op.next = node.left;
      op.other = node.right;
      op.slot = node.slot;
      op.frame = node.frame;
      return;
    case "prune":
      return lowerPrune(op, node, image);
    case "branch":
    case "guard":
      op.code = CODE[node.kind];
      op.target = argOf(node.condition, image);
      op.next = node.yes;
      op.other = node.no;
      op.quick = node.kind === "branch" && quickBranches(op, image);
      return;
    case "match":
      op.code = CODE.match;
      op.next = node.yes;
      op.other = node.no;
      op.patterns = node.patterns;
      return setArgs(op, node.values, image);
    case "define":
      op.code = CODE.define;
      op.next = node.body;
      op.groups = node.components.map((component) => ({
        captures: component.captures.map((operand) => argOf(operand, image)),
        members: component.members,
      }));
      return;
    case "clock":
      op.code = CODE.clock;
      op.target = argOf(node.order, image);
      op.next = node.body;
  }
}

function lowerCall(op: Op, node: Extract<Node, { kind: "call" }>, image: Image): void {
  op.code = CODE.call;
  op.target = argOf(node.target, image);
  setArgs(op, node.arguments, image);
  if (op.target.mode !== MODE.constant) return;
  const target = op.target.value;
  if (target instanceof Site) {
    op.code = CODE.site;
    op.site = image.library.site(target.name) ?? null;
    op.fast = op.args.length === 2 ? (op.site?.fast ?? FAST.none) : FAST.none;
    op.quick = true;
  } else if (target instanceof Closure && node.calling === "function") {
    op.code = CODE.function;
    op.callee = image.definitions[target.code] ?? null;
  }
}

function lowerPrune(op: Op, node: Extract<Node, { kind: "prune" }>, image: Image): void {
  op.code = CODE.prune;
  op.next = node.body;
  op.bindings = node.bindings.map(({ slots, node: id }) => ({
    slots,
    node: id,
    quick: slots.length > 0 && isQuick(id, op.id, image),
  }));
  op.depth = (image.ops[node.body] as Op).depth;
  for (const binding of node.bindings) op.depth = Math.max(op.depth, (image.ops[binding.node] as Op).depth);
  op.depth++;
  op.quick = isQuick(node.body, op.id, image) && op.bindings.every((binding) => binding.quick);
}

function quickBranches(op: Op, image: Image): boolean {
  op.depth = 1 + Math.max((image.ops[op.next] as Op).depth, (image.ops[op.other] as Op).depth);
  return isQuick(op.next, op.id, image) && isQuick(op.other, op.id, image);
}

/** Nodes are numbered children first; one that is not lowered yet is never quick. */
const isQuick = (id: NodeId, parent: NodeId, image: Image): boolean => {
  const child = image.ops[id] as Op;
  return id < parent && child.quick && child.depth < QUICK_DEPTH;
};
