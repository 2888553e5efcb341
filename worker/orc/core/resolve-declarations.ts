// Declarations in the first pass: scopes, groups of functions, imports, datatypes.
import type { Clause, Declaration, Declared, Kinded, Pattern } from "../syntax/ast.ts";
import type { Stretch } from "../source/texts.ts";
import { newFunction, type Func } from "./names.ts";
import type { Resolver } from "./resolve.ts";
import { bindPattern, resolvePattern, variablesOf } from "./resolve-patterns.ts";
import { warnOfClauses } from "./warnings.ts";

type Definition = Declared<"def"> | Declared<"signature">;

/** A run of adjacent `def`s, or any other declaration; what is included stands in the place of its `include`. */
export type Step =
  | { readonly kind: "group"; readonly run: readonly Definition[] }
  | { readonly kind: "single"; readonly declaration: Exclude<Declaration, Definition | Declared<"include">> };

export function stepsOf(all: readonly Declaration[]): Step[] {
  const steps: Step[] = [];
  let run: Definition[] | undefined;
  const add = (d: Declaration): void => {
    if (d.kind === "include") return d.declarations.forEach(add);
    if (d.kind !== "def" && d.kind !== "signature") {
      run = undefined;
      steps.push({ kind: "single", declaration: d });
    } else if (run === undefined) steps.push({ kind: "group", run: (run = [d]) });
    else run.push(d);
  };
  all.forEach(add);
  return steps;
}

/** Binds what is declared from here on. */
export function declarations(r: Resolver, all: readonly Declaration[]): void {
  for (const step of stepsOf(all)) {
    if (step.kind === "group") group(r, step.run);
    else single(r, step.declaration);
  }
}

function single(r: Resolver, d: Extract<Step, { kind: "single" }>["declaration"]): void {
  switch (d.kind) {
    case "val":
      return val(r, d);
    case "datatype":
      for (const { name, arity } of d.datatype.constructors) {
        const constant = r.pool.constructorOf({ name: name.name, arity, type: d.datatype.name.name });
        r.scope.bind(name.name, { kind: "constant", constant });
      }
      return;
    case "alias":
      return;
    case "import":
      return importDeclaration(r, d);
  }
}

/** What the pattern of a `val` is without its types. */
const bare = (p: Pattern): Pattern => (p.kind === "typed" ? bare(p.pattern) : p);

function val(r: Resolver, { pattern, value }: Declared<"val">): void {
  r.expression(value);
  r.pattern(pattern);
  const target = bare(pattern);
  if (target.kind !== "bind") return;
  const variable = r.meanings[target.name.number];
  if (variable?.kind !== "variable") return;
  if (value.kind === "literal") variable.alias = { kind: "constant", constant: r.pool.literal(value.literal) };
  if (value.kind === "lambda") variable.alias = r.groups.get(value)?.functions[0];
}

function importDeclaration(r: Resolver, d: Declared<"import">): void {
  if (d.what === "type") return;
  const { name, target } = d;
  if (d.what === "class") {
    const message = `There are no Java classes here: ${JSON.stringify(target)} cannot be imported.`;
    r.error({ code: "import", message, fix: "Call a site of the library, or an algorithm, instead.", at: d });
  } else if (!r.hasSite(target)) {
    r.error({ code: "import", message: `There is no site ${JSON.stringify(target)} to import.`, at: d });
  }
  r.scope.bind(name.name, { kind: "constant", constant: r.pool.add({ type: "site", name: target }) });
}

/** Clauses of one name are one function, wherever in the run they stand. */
function group(r: Resolver, run: readonly Definition[]): void {
  const functions = new Map<string, Func>();
  for (const d of run) if (d.kind === "def") addClause(r, functions, d);
  for (const d of run) {
    if (d.kind === "signature" && !functions.has(d.name.name)) {
      const message = `There is no \`def ${d.name.name}\` beside this signature.`;
      r.warn({ code: "unused-signature", message, at: d });
    }
  }
  for (const [name, f] of functions) r.scope.bind(name, f.named);
  const [first] = run;
  if (first !== undefined) r.groups.set(first, { functions: [...functions.values()], components: [] });
  for (const f of functions.values()) body(r, f);
}

function addClause(r: Resolver, functions: Map<string, Func>, d: Declared<"def">): void {
  const { name, clause } = d;
  const known = functions.get(name.name);
  if (known === undefined) functions.set(name.name, newFunction(name, d.isClass, r.routine));
  else if (known.isClass !== d.isClass) {
    const message = `\`${name.name}\` is defined both with \`def\` and with \`def class\`.`;
    r.error({ code: "mixed-definitions", message, fix: "Give one of them another name.", at: name });
  } else if (known.clauses[0]?.parameters.length !== clause.parameters.length) {
    const message = `The clauses of \`${name.name}\` have different numbers of parameters.`;
    r.error({ code: "clause-arity", message, fix: "Give every clause the same number of parameters.", at: name });
  }
  functions.get(name.name)?.clauses.push({ ...clause, start: d.start, end: d.end });
}

export function lambda(r: Resolver, e: Kinded<"lambda">): void {
  const f = newFunction({ name: "lambda", start: e.start, end: e.end }, false, r.routine);
  f.clauses.push({ ...e.clause, start: e.start, end: e.end });
  r.groups.set(e, { functions: [f], components: [] });
  body(r, f);
}

function body(r: Resolver, f: Func): void {
  warnOfClauses(r, f);
  r.within(f.routine, () => {
    for (const c of f.clauses) r.scoped(() => clause(r, c));
  });
}

function clause(r: Resolver, c: Clause & Stretch): void {
  for (const parameter of c.parameters) resolvePattern(r, parameter);
  bindPattern(r, variablesOf(c.parameters));
  if (c.guard !== undefined) r.expression(c.guard);
  r.expression(c.body);
}
