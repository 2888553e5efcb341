// Splits groups of functions into strongly connected components (Tarjan 1972, with a stack of its own) and says what each
// captures. A component that captures nothing needs no environment: its closures are constants.
import { isStatic, type Comp, type Func, type Group, type Meaning, type Named, type Variable } from "./names.ts";

interface Visit {
  readonly function: Func;
  readonly successors: Iterator<Func>;
}

/** Components in an order in which each comes after those it mentions. */
function componentsOf({ functions }: Group): Func[][] {
  const inside = new Set(functions);
  const index = new Map<Func, number>();
  const low = new Map<Func, number>();
  const open: Func[] = [];
  const isOpen = new Set<Func>();
  const found: Func[][] = [];
  const enter = (f: Func): Visit => {
    index.set(f, index.size);
    low.set(f, index.size - 1);
    open.push(f);
    isOpen.add(f);
    return { function: f, successors: mentioned(f, inside) };
  };
  const lower = (f: Func, to: number): void => void low.set(f, Math.min(low.get(f) ?? to, to));
  const leave = (f: Func): void => {
    if (low.get(f) !== index.get(f)) return;
    const members = open.splice(open.lastIndexOf(f));
    for (const member of members) isOpen.delete(member);
    found.push(members);
  };
  for (const root of functions) {
    if (index.has(root)) continue;
    const path = [enter(root)];
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const next = top.successors.next();
      if (next.done === true) {
        path.pop();
        leave(top.function);
        const above = path.at(-1);
        if (above !== undefined) lower(above.function, low.get(top.function) ?? 0);
      } else if (!index.has(next.value)) path.push(enter(next.value));
      else if (isOpen.has(next.value)) lower(top.function, index.get(next.value) ?? 0);
    }
  }
  return found;
}

function* mentioned(f: Func, inside: ReadonlySet<Func>): Generator<Func, undefined> {
  for (const meaning of f.routine.free) {
    if (meaning.kind === "function" && inside.has(meaning.function)) yield meaning.function;
  }
}

/** Is it known before the program runs? */
export function isConstant(meaning: Meaning): boolean {
  switch (meaning.kind) {
    case "constant":
      return true;
    case "function":
      return isStatic(meaning.function);
    case "variable":
      if (meaning.alias === undefined) return false;
      return "clauses" in meaning.alias ? isStatic(meaning.alias) : true;
  }
}

function component(members: readonly Func[]): Comp {
  const own = new Set(members);
  const captures = new Map<Variable | Named, number>();
  for (const { routine } of members) {
    for (const meaning of routine.free) {
      const isMember = meaning.kind === "function" && own.has(meaning.function);
      if (!isMember && !captures.has(meaning) && !isConstant(meaning)) captures.set(meaning, captures.size + 1);
    }
  }
  return { members, captures };
}

/** @param groups outer ones before inner ones */
export function formComponents(groups: Iterable<Group>): void {
  for (const group of groups) {
    group.components = componentsOf(group).map((members) => {
      const made = component(members);
      for (const member of members) member.component = made;
      return made;
    });
  }
}
