// The core program: what the front half (lexer, parser, resolver, translation) hands to the evaluator. This file is the
// contract between the two. It is data only: a Program can be written as JSON, and compiling the same texts gives the same
// numbers, so that a snapshot of a run may name nodes, slots, constants and definitions by number.
//
// ENVIRONMENTS. A *frame* is a plain array. Element 0 is the frame above it (or null), the others are *slots*. A slot
// holds a value, a future, or a closure that was not yet *formed* (see CLOSURES). There are three kinds of frames:
//   - the frame of an activation of a definition: [environment of its component | null, arguments..., locals...],
//     of `definitions[d].frame` elements; arguments stand in slots 1 to arity, as they were passed (lenient calls pass futures).
//     The program itself is such a frame without arguments: [null, locals...] of `program.frame` elements;
//   - the frame of one publication on its way through `f >x> g`, made only when `sequential.frame` > 0: [frame above, ...];
//   - the environment of a component of definitions: [null, captured...], made by a `define` node, never written again.
// A slot is read by an operand {depth, slot}: go up `depth` times, take `slot`.
// INVARIANT. Within one frame each node is started at most once. So every slot is written at most once, in place, and no
// frame is ever copied. (The front makes a new frame wherever an expression could be started several times and binds anything.)
// `>>` after something that publishes at most once (an atom, a constructor, a host site) shares the frame.
//
// CLOSURES. A definition that captures nothing is a constant {type: "closure"}: no environment, always formed. The others
// are made by a `define` node: their closure is the pair (definition, environment of the component); two closures are
// identical when both are. Inside the bodies of a component, its own members are operands of kind "sibling": the same pair
// with the environment found by going up `depth` times.
//   - as the *target* of a call, or as an argument of a *function*: used at once, formed or not;
//   - *read as a value* (published by an atom node, an argument of a site, a part of a tuple, matched): waits until it is
//     formed. A closure is formed when every captured future of its environment is bound or stopped, and every closure
//     captured there is formed; a stopped one does not stop the closure. Captures never form a cycle.
//
// EVALUATION, node by node. "Waits for o": if the operand's future is unbound, block; if it is stopped, the node halts. A
// node that halts gives back its task. Publications go to the continuation of the node unless something else is said.
//   stop        halts.
//   atom        waits for the operand (forming a closure), publishes it, halts.
//   call        waits for the target, then by what it is: closure of a function: lenient, a new frame with the arguments as
//               they are; wrong number of arguments: ArityMismatch is reported. Closure of a site (`convention`) or a host site:
//               strict, halts as soon as any argument is stopped, else waits for all. Record, tuple, constructor: orc.md 5.
//               `tail`: publications of this call are the publications of the definition (or program) it stands in, in the
//               same scope: the callee takes over continuation and scope, nothing is kept for the caller's frame.
//   field       the call of the target with one field value `.name` (§3): member access for what has members; a closure gets
//               the field as its argument. Same `tail`.
//   method      `target.name(arguments)`. `general` is its full meaning (a prune node: `m(arguments) <m< target.name`) and
//               may always be run instead. When the target's value answers member access at once and without an effect (a record,
//               a channel...), the evaluator may call the member directly.
//   tuple list record
//               constructor calls: strict, as a site call; halt as soon as any part is stopped. Never fail.
//   parallel    starts every branch, in order.
//   sequential  starts `left`; for each publication: if `frame` > 0 makes a frame of that size above the current one, else
//               goes on in the same frame; writes the value to `slot` of that frame (0: drops it); starts `right` there.
//   prune       makes a fresh future in every slot of every binding, then starts the bindings' nodes, each in a scope of
//               its own, and the body: all of them together. The first publication of a binding kills its scope and binds
//               its slots: no slots: the value is dropped; one: the value; several: it is a tuple (made by a `tuple` node),
//               slot i gets element i. A binding that halts unpublished makes its slots stopped. `f <x< g`, `val` and every
//               deflated argument come to this. Nodes of later bindings may read slots of earlier ones. An evaluator may
//               bind at once, without a scope, what it can compute at once.
//   otherwise   starts branches[0] in a scope of its own. Once it publishes, the others can never run. If it halts
//               unpublished, the next one is started so, and so on; the last one needs no scope of its own.
//   branch      `if`: waits for the condition; true: `yes`; false: `no`; anything else: reports two
//               type errors (of Ift and of Iff) and halts.
//   guard       waits for the condition; true: `yes`; false or stopped: `no`; anything else: reports one type error, `no`.
//   match       waits for all values together, strictly; if any is stopped: `no`, at once. Then matches patterns[i]
//               against values[i], writing slots of the current frame; all match: `yes`; else: `no`. Pure: nothing is called.
//   define      makes the environments of its components, in order: [null, captures...] (captured as they are: values, futures,
//               closures), and for each member its closure in its slot; then goes on with the body.
//   clock       waits for `order`, then runs the body in a new clock zone (§6).
// Tail position, clauses, guards, call patterns, classes, `if`, operators and datatypes are all resolved into these nodes.

/** Index into {@link Program.nodes}. */
export type NodeId = number;
/** Index into {@link Program.definitions}. */
export type DefinitionId = number;
/** Index into {@link Program.constants}. */
export type ConstantId = number;
/** Index into {@link Program.constructors}. */
export type ConstructorId = number;

/** What a node reads without running anything. */
export type Operand =
  | { readonly kind: "constant"; readonly constant: ConstantId }
  | { readonly kind: "slot"; readonly depth: number; readonly slot: number }
  | { readonly kind: "sibling"; readonly depth: number; readonly definition: DefinitionId };

/** A literal, a name the host knows, or a closure without an environment. Equal constants have one number. */
export type Constant =
  /** Decimal digits with an optional `-`, without leading zeros. */
  | { readonly type: "integer"; readonly text: string }
  /** As written: digits, `.` and digits or none, exponent or none, optional `-`; its scale matters (`1.50`). */
  | { readonly type: "number"; readonly text: string }
  | { readonly type: "string"; readonly text: string }
  | { readonly type: "boolean"; readonly value: boolean }
  | { readonly type: "signal" }
  | { readonly type: "null" }
  /** The empty list. */
  | { readonly type: "nil" }
  /** A host site, by the name given in `import site X = "name"`. */
  | { readonly type: "site"; readonly name: string }
  | { readonly type: "constructor"; readonly constructor: ConstructorId }
  | { readonly type: "closure"; readonly definition: DefinitionId };

/**
 * A constructor of a datatype: a value with members `apply` (a strict site that checks the arity and makes the value) and
 * `unapply` (halts on a foreign value; else signal, the part, or the tuple of the parts). Called directly it is `apply`.
 */
export interface Constructor {
  readonly name: string;
  readonly arity: number;
  /** Name of its `type`. */
  readonly type: string;
}

/** A pattern without calls. Slots belong to the frame in which the match runs. */
export type Pattern =
  | { readonly kind: "any" }
  | { readonly kind: "bind"; readonly slot: number }
  /** Equal by the `=` of the language: 5 matches 5.0. */
  | { readonly kind: "literal"; readonly constant: ConstantId }
  /** A tuple of exactly so many elements (≥ 2). */
  | { readonly kind: "tuple"; readonly parts: readonly Pattern[] }
  /** A list of exactly so many elements (≥ 0). */
  | { readonly kind: "list"; readonly parts: readonly Pattern[] }
  /** A list that begins with so many elements (≥ 1) and goes on with `tail`. */
  | { readonly kind: "cons"; readonly heads: readonly Pattern[]; readonly tail: Pattern }
  /** A record that has at least these keys. */
  | { readonly kind: "record"; readonly fields: readonly { readonly key: string; readonly pattern: Pattern }[] }
  /** A value of this constructor. With another number of parts than it has, it matches nothing (0 parts also match nothing then). */
  | { readonly kind: "data"; readonly constructor: ConstructorId; readonly parts: readonly Pattern[] }
  | { readonly kind: "as"; readonly slot: number; readonly pattern: Pattern };

export interface Binding {
  readonly slots: readonly number[];
  readonly node: NodeId;
}

/** Mutually recursive definitions that are formed together (one strongly connected component of a run of `def`s). */
export interface Component {
  /** Read in the frame of the `define` node; element i stands in slot i + 1 of the environment. */
  readonly captures: readonly Operand[];
  readonly members: readonly { readonly definition: DefinitionId; readonly slot: number }[];
}

/**
 * What is known of a call's target: "function": a constant closure of a function that takes this many arguments
 * (lenient, no check needed); "site": a constant host site, constructor or site closure (strict);
 * "dynamic": look at the value.
 */
export type Calling = "function" | "site" | "dynamic";

export type Node =
  | { readonly kind: "stop" }
  | { readonly kind: "atom"; readonly operand: Operand }
  | {
      readonly kind: "call";
      readonly target: Operand;
      readonly arguments: readonly Operand[];
      readonly calling: Calling;
      readonly tail: boolean;
    }
  | { readonly kind: "field"; readonly target: Operand; readonly name: string; readonly tail: boolean }
  | {
      readonly kind: "method";
      readonly target: Operand;
      readonly name: string;
      readonly arguments: readonly Operand[];
      readonly tail: boolean;
      readonly general: NodeId;
    }
  | { readonly kind: "tuple"; readonly parts: readonly Operand[] }
  | { readonly kind: "list"; readonly parts: readonly Operand[] }
  /** Of keys given twice the last one counts. */
  | { readonly kind: "record"; readonly fields: readonly { readonly key: string; readonly value: Operand }[] }
  | { readonly kind: "parallel"; readonly branches: readonly NodeId[] }
  | {
      readonly kind: "sequential";
      readonly left: NodeId;
      readonly slot: number;
      readonly frame: number;
      readonly right: NodeId;
    }
  | { readonly kind: "prune"; readonly bindings: readonly Binding[]; readonly body: NodeId }
  | { readonly kind: "otherwise"; readonly branches: readonly NodeId[] }
  | { readonly kind: "branch"; readonly condition: Operand; readonly yes: NodeId; readonly no: NodeId }
  | { readonly kind: "guard"; readonly condition: Operand; readonly yes: NodeId; readonly no: NodeId }
  | {
      readonly kind: "match";
      readonly values: readonly Operand[];
      readonly patterns: readonly Pattern[];
      readonly yes: NodeId;
      readonly no: NodeId;
    }
  | { readonly kind: "define"; readonly components: readonly Component[]; readonly body: NodeId }
  | { readonly kind: "clock"; readonly order: Operand; readonly body: NodeId };

/** A function, or a site written in Orc. Its clauses are already one body: match and guard nodes that end in stop. */
export interface Definition {
  /** As written; "lambda" for a lambda. */
  readonly name: string;
  readonly arity: number;
  /** Elements of an activation's frame: 1 + arity + locals. */
  readonly frame: number;
  readonly body: NodeId;
  /**
   * "function": lenient, publishes what the body publishes. "site" (`def class`): strict in its arguments, answers with the first
   * publication; the body is detached: it runs in the program scope and goes on, later publications are dropped; if it
   * halts unpublished the call halts. `MakeSite(f)` makes the same of any closure.
   */
  readonly convention: "function" | "site";
  /** Where the definition stands, in the numbering of {@link Program.spans}. */
  readonly span: Span;
}

/** A stretch of a source: [source, start offset, end offset), offsets in UTF-16 code units. */
export type Span = readonly [source: number, start: number, end: number];

export interface Source {
  /** "program.orc", or a prelude text's name. */
  readonly name: string;
  readonly text: string;
  /** Part of the prelude. */
  readonly prelude: boolean;
}

export interface Program {
  /** Raised when the meaning of this file changes: part of what a durable run pins. */
  readonly format: 1;
  readonly sources: readonly Source[];
  readonly nodes: readonly Node[];
  /**
   * The text of node n, or of what it was made from: source, start and end (see {@link Span}) at 3n, 3n + 1 and 3n + 2. One flat
   * list, since there are as many spans as nodes. `placeOfNode` reads it.
   */
  readonly spans: readonly number[];
  readonly constants: readonly Constant[];
  readonly constructors: readonly Constructor[];
  readonly definitions: readonly Definition[];
  readonly root: NodeId;
  /** Elements of the program's own frame. */
  readonly frame: number;
  /** Names of every host site the program or its prelude imports, sorted. */
  readonly sites: readonly string[];
}
