// Patterns in the first pass: their names, each at most once, and the targets of call patterns.
import type { Name, Occurrence, Pattern } from "../syntax/ast.ts";
import type { Resolver } from "./resolve.ts";

/** The patterns directly inside a pattern. */
function partsOf(p: Pattern): readonly Pattern[] {
  switch (p.kind) {
    case "any":
    case "bind":
    case "literal":
      return [];
    case "tuple":
    case "list":
    case "call":
      return p.parts;
    case "cons":
      return [...p.heads, p.tail];
    case "record":
      return p.fields.map(({ pattern }) => pattern);
    case "as":
    case "typed":
      return [p.pattern];
  }
}

/** The names patterns bind, in order. */
export function variablesOf(patterns: readonly Pattern[]): Occurrence[] {
  const found: Occurrence[] = [];
  const visit = (p: Pattern): void => {
    if (p.kind === "bind") found.push(p.name);
    for (const part of partsOf(p)) visit(part);
    if (p.kind === "as") found.push(p.name);
  };
  for (const pattern of patterns) visit(pattern);
  return found;
}

const callsInside = (p: Pattern): boolean => p.kind === "call" || partsOf(p).some(callsInside);

/** Looks up the targets of call patterns, outside of the names the pattern binds. */
export function resolvePattern(r: Resolver, p: Pattern): void {
  if (p.kind === "call") r.use(p.target);
  if (p.kind === "as" && callsInside(p.pattern)) {
    const message = `\`as\` around a call pattern: \`${p.name.name}\` is the value the call was matched against.`;
    r.warn({ code: "call-pattern-as", message, at: p });
  }
  if (p.kind === "record") warnOfKeys(r, p.fields);
  for (const part of partsOf(p)) resolvePattern(r, part);
}

function warnOfKeys(r: Resolver, fields: readonly { readonly key: Name }[]): void {
  const seen = new Set<string>();
  for (const { key } of fields) {
    if (seen.has(key.name))
      r.warn({ code: "duplicate-key", message: `The key \`${key.name}\` is matched twice.`, at: key });
    seen.add(key.name);
  }
}

/** Makes variables of the names and binds them from here on. */
export function bindPattern(r: Resolver, names: readonly Occurrence[]): void {
  const seen = new Set<string>();
  for (const occurrence of names) {
    const { name, number } = occurrence;
    if (seen.has(name)) {
      const message = `\`${name}\` is bound twice by the same pattern.`;
      const fix = "Use two names and compare them with `=`, or `_` for a value nobody needs.";
      r.error({ code: "repeated-name", message, fix, at: occurrence });
    }
    seen.add(name);
    const variable = { kind: "variable", routine: r.routine, alias: undefined, place: undefined } as const;
    r.meanings[number] = variable;
    r.scope.bind(name, variable);
  }
}
