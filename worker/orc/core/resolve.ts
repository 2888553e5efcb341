// First pass over the tree: what every name stands for, which variables every function captures, and everything that can be
// wrong beyond the grammar. The result is an array by number of occurrence, and the groups of functions in the order met.
import type { Finding } from "../source/diagnostics.ts";
import type { Declaration, Expression, Kinded, Occurrence, Pattern } from "../syntax/ast.ts";
import type { ConstantPool } from "./constants.ts";
import { declarations, lambda } from "./resolve-declarations.ts";
import { bindPattern, resolvePattern, variablesOf } from "./resolve-patterns.ts";
import { Scope, type Group, type Meaning, type Named, type Routine, type Variable } from "./names.ts";
import { suggest } from "./suggest.ts";
import { isClockCall } from "./clock.ts";

/** Captured variables of all functions together: keeps a megabyte of nested functions from taking a gigabyte. */
export const MAXIMUM_CAPTURES = 250_000;
/** Errors that are reported, and warnings; the rest is left out. */
export const MAXIMUM_FINDINGS = 50;

export class Resolver {
  readonly scope: Scope;
  readonly pool: ConstantPool;
  /** Is there a host site of this name? */
  readonly hasSite: (name: string) => boolean;
  readonly errors: Finding[] = [];
  readonly warnings: Finding[] = [];
  /** By number of occurrence. */
  readonly meanings: (Meaning | undefined)[] = [];
  /** By the declaration a run of `def`s begins with, or the lambda; in the order met: outer ones before inner ones. */
  readonly groups = new Map<object, Group>();
  routine: Routine = { parent: undefined, free: new Set(), function: undefined };
  #captures = 0;

  constructor(scope: Scope, pool: ConstantPool, hasSite: (name: string) => boolean) {
    this.scope = scope;
    this.pool = pool;
    this.hasSite = hasSite;
  }

  error(finding: Finding): void {
    if (this.errors.length < MAXIMUM_FINDINGS) this.errors.push(finding);
  }

  warn(finding: Finding): void {
    if (this.warnings.length < MAXIMUM_FINDINGS) this.warnings.push(finding);
  }

  use(occurrence: Occurrence): void {
    const { name, number } = occurrence;
    const meaning = this.scope.find(name);
    this.meanings[number] = meaning;
    if (meaning === undefined) this.#unbound(occurrence);
    else if (meaning.kind !== "constant") this.#capture(meaning, occurrence);
  }

  #unbound(at: Occurrence): void {
    if (this.errors.length >= MAXIMUM_FINDINGS) return;
    const fix = suggest(at.name, this.scope.names());
    this.error({ code: "unbound", message: `\`${at.name}\` is not defined.`, fix, at });
  }

  /** Every routine between the one that mentions it and the one that owns it captures it. */
  #capture(meaning: Variable | Named, at: Occurrence): void {
    const owner = meaning.kind === "variable" ? meaning.routine : meaning.function.owner;
    for (let routine = this.routine; routine !== owner;) {
      if (routine.free.has(meaning)) return;
      routine.free.add(meaning);
      if (++this.#captures === MAXIMUM_CAPTURES) {
        this.error({ code: "too-large", message: `Functions capture more than ${MAXIMUM_CAPTURES} variables.`, at });
      }
      if (this.#captures >= MAXIMUM_CAPTURES || routine.parent === undefined) return;
      routine = routine.parent;
    }
  }

  /** Runs `inside` in a scope of its own. */
  scoped(inside: () => void): void {
    const mark = this.scope.mark;
    inside();
    this.scope.leave(mark);
  }

  within(routine: Routine, inside: () => void): void {
    const before = this.routine;
    this.routine = routine;
    this.scoped(inside);
    this.routine = before;
  }

  expressions(all: readonly Expression[]): void {
    for (const one of all) this.expression(one);
  }

  expression(e: Expression): void {
    switch (e.kind) {
      case "stop":
      case "literal":
        return;
      case "variable":
        return this.use(e.occurrence);
      case "tuple":
      case "list":
        return this.expressions(e.items);
      case "record":
        return this.#record(e);
      case "chain":
        return this.#chain(e);
      case "unary":
        this.use(e.operator);
        return this.expression(e.operand);
      case "operators":
        this.expression(e.first);
        for (const { operator, right } of e.rest) {
          this.use(operator);
          this.expression(right);
        }
        return;
      case "parallel":
      case "otherwise":
        return this.expressions(e.branches);
      case "sequential":
        return this.scoped(() => this.#sequential(e));
      case "prune":
        return this.scoped(() => this.#prune(e));
      case "if":
        for (const { condition, yes } of e.arms) this.expressions([condition, yes]);
        return this.expression(e.no);
      case "lambda":
        return lambda(this, e);
      case "declare":
        return this.declarations(e.declarations, () => this.expression(e.body));
      case "typed":
        return this.expression(e.expression);
    }
  }

  /** Runs `body` where everything is declared. */
  declarations(all: readonly Declaration[], body: () => void): void {
    this.scoped(() => {
      declarations(this, all);
      body();
    });
  }

  #record({ fields }: Kinded<"record">): void {
    const seen = new Set<string>();
    for (const { key, value } of fields) {
      if (seen.has(key.name)) {
        const message = `The key \`${key.name}\` is given twice; the last value counts.`;
        this.warn({ code: "duplicate-key", message, at: key });
      }
      seen.add(key.name);
      this.expression(value);
    }
  }

  #chain(e: Kinded<"chain">, asClock = false): void {
    this.expression(e.base);
    for (const step of e.steps) {
      if (step.kind === "read") this.use(step.operator);
      if (step.kind === "arguments") this.expressions(step.items);
    }
    if (!asClock && isClockCall(e, this.meanings, this.pool)) {
      const message = "`Vclock` stands left of `>>`, and takes one argument.";
      this.error({ code: "clock", message, fix: "Write `Vclock(IntegerTimeOrder) >> e`.", at: e });
    }
  }

  /** The names of every pattern reach to the end of the chain. */
  #sequential({ first, rest }: Kinded<"sequential">): void {
    let left = first;
    for (const { pattern, expression } of rest) {
      this.#leftOf(left, pattern);
      this.pattern(pattern);
      left = expression;
    }
    this.expression(left);
  }

  #leftOf(e: Expression, pattern: Pattern | undefined): void {
    const oneArgument = e.kind === "chain" && e.steps[0]?.kind === "arguments" && e.steps[0].items.length === 1;
    if (oneArgument && e.steps.length === 1 && pattern === undefined) this.#chain(e, true);
    else this.expression(e);
  }

  /** Groups to the left: the names of a pattern reach over everything left of it. */
  #prune({ first, rest }: Kinded<"prune">): void {
    for (const { pattern, expression } of rest.toReversed()) {
      this.expression(expression);
      this.pattern(pattern);
    }
    this.expression(first);
  }

  /** Binds the names of a pattern from here on. */
  pattern(pattern: Pattern | undefined): void {
    if (pattern === undefined) return;
    resolvePattern(this, pattern);
    bindPattern(this, variablesOf([pattern]));
  }
}
