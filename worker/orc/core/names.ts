// What names stand for while a program is compiled, and the functions that bind them.
import type { Clause, Name } from "../syntax/ast.ts";
import type { Stretch } from "../source/texts.ts";
import type { ConstantId, DefinitionId } from "./program.ts";

/** A body that has frames of its own: the program, or a function with all its clauses. */
export interface Routine {
  readonly parent: Routine | undefined;
  /** Variables and functions of routines around this one that are mentioned in it, in order of mention. */
  readonly free: Set<Variable | Named>;
  /** undefined: the program. */
  readonly function: Func | undefined;
}

/** A variable bound by a pattern: it will have a slot. */
export interface Variable {
  readonly kind: "variable";
  readonly routine: Routine;
  /** What `val x = literal` or `val x = lambda …` makes of x, when that is a constant. */
  alias: Constant | Func | undefined;
  place: Slot | undefined;
}

/** A slot, and the level of the block that has it: how many frames and environments lie above it. */
export interface Slot {
  readonly level: number;
  readonly slot: number;
}

/** The name of a function. */
export interface Named {
  readonly kind: "function";
  readonly function: Func;
}

export interface Constant {
  readonly kind: "constant";
  readonly constant: ConstantId;
}

export type Meaning = Variable | Named | Constant;

/** A function, class or lambda. */
export interface Func {
  readonly name: Name;
  readonly isClass: boolean;
  readonly clauses: (Clause & Stretch)[];
  /** The routine its name belongs to. */
  readonly owner: Routine;
  readonly named: Named;
  readonly routine: Routine;
  component: Comp | undefined;
  definition: DefinitionId;
  /** Of a component that captures: where its closure is. */
  place: Slot | undefined;
}

/** A strongly connected component of a group. */
export interface Comp {
  readonly members: readonly Func[];
  /** What stands in its environment, and at which slot. Nothing: its closures are constants. */
  readonly captures: ReadonlyMap<Variable | Named, number>;
}

/** Functions that may mention one another: a run of `def`s, or one lambda. */
export interface Group {
  readonly functions: readonly Func[];
  components: readonly Comp[];
}

export function newFunction(name: Name, isClass: boolean, owner: Routine): Func {
  const made: { -readonly [K in keyof Func]: Func[K] } = {
    name,
    isClass,
    clauses: [],
    owner,
    named: undefined as never,
    routine: undefined as never,
    component: undefined,
    definition: -1,
    place: undefined,
  };
  made.named = { kind: "function", function: made };
  made.routine = { parent: owner, free: new Set(), function: made };
  return made;
}

/** A closure without an environment. */
export const isStatic = (f: Func): boolean => f.component !== undefined && f.component.captures.size === 0;

/** The names in scope: entering and leaving a scope costs what it binds. */
export class Scope {
  readonly #outer: ReadonlyMap<string, Meaning>;
  /** undefined: no longer bound. (Deleting and binding the same names over and over makes a large map slow.) */
  readonly #names = new Map<string, Meaning | undefined>();
  readonly #undo: { readonly name: string; readonly before: Meaning | undefined }[] = [];

  /** @param outer names of the prelude */
  constructor(outer: ReadonlyMap<string, Meaning>) {
    this.#outer = outer;
  }

  get mark(): number {
    return this.#undo.length;
  }

  bind(name: string, meaning: Meaning): void {
    this.#undo.push({ name, before: this.#names.get(name) });
    this.#names.set(name, meaning);
  }

  /** Forgets what was bound since `mark`. */
  leave(mark: number): void {
    while (this.#undo.length > mark) {
      const last = this.#undo.pop();
      if (last === undefined) return;
      this.#names.set(last.name, last.before);
    }
  }

  find(name: string): Meaning | undefined {
    return this.#names.get(name) ?? this.#outer.get(name);
  }

  /** Every name. */
  *names(): Iterable<string> {
    yield* this.#outer.keys();
    for (const [name] of this) yield name;
  }

  /** What is bound here now, without the outer names. */
  *[Symbol.iterator](): Iterator<readonly [string, Meaning]> {
    for (const [name, meaning] of this.#names) if (meaning !== undefined) yield [name, meaning];
  }
}
