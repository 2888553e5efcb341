// What looks wrong in the clauses of a function, though it compiles.
import type { Clause, Expression, Pattern } from "../syntax/ast.ts";
import type { Func } from "./names.ts";
import type { Resolver } from "./resolve.ts";

/** Does a parameter take any value without waiting for it? */
export const isLenient = (p: Pattern): boolean =>
  p.kind === "bind" || p.kind === "any" || (p.kind === "typed" && isLenient(p.pattern));

const isCatchAll = ({ guard, parameters }: Clause): boolean => guard === undefined && parameters.every(isLenient);

/** The calls of `name` an expression makes before anything else happens. */
function firstCalls(e: Expression, name: string): Expression | undefined {
  switch (e.kind) {
    case "chain": {
      const [step] = e.steps;
      const itself = e.base.kind === "variable" && e.base.occurrence.name === name && step?.kind === "arguments";
      return itself ? e : undefined;
    }
    case "parallel":
      return e.branches.map((branch) => firstCalls(branch, name)).find((found) => found !== undefined);
    case "otherwise":
      return e.branches[0] && firstCalls(e.branches[0], name);
    case "sequential":
    case "prune":
      return firstCalls(e.first, name);
    case "typed":
      return firstCalls(e.expression, name);
    default:
      return undefined;
  }
}

export function warnOfClauses(r: Resolver, { clauses, name }: Func): void {
  const last = clauses.findIndex(isCatchAll);
  const unreachable = last < 0 ? undefined : clauses[last + 1];
  if (unreachable !== undefined) {
    const message = `This clause of \`${name.name}\` is never tried: the one before it takes everything.`;
    r.warn({ code: "unreachable-clause", message, at: unreachable });
  }
  for (const clause of clauses) {
    const shadowed = clause.parameters.some((p) => p.kind === "bind" && p.name.name === name.name);
    const call = isCatchAll(clause) && !shadowed ? firstCalls(clause.body, name.name) : undefined;
    if (call === undefined) continue;
    const message = `\`${name.name}\` calls itself before it does anything else.`;
    r.warn({
      code: "unguarded-recursion",
      message,
      fix: "Put what happens once before the call, with `>>`.",
      at: call,
    });
  }
}
