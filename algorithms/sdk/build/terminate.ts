// `fail(...)` never returns, but AssemblyScript has no type `never`: in the author's syntax trees each statement that is
// nothing but a call of it is followed by a `throw`, so that asc knows that control ends there.
import {
  Node,
  type ExpressionStatement,
  type ImportStatement,
  type Parser,
  type Source,
  type Statement,
} from "assemblyscript";

const CALL = 10;
const IDENTIFIER = 7;
const EXPRESSION = 39;
const IMPORT = 43;

/** An asc hook: see `Transform.afterParse`. */
export function endAtFail(parser: Parser): void {
  for (const source of parser.sources) {
    if (source.normalizedPath.startsWith("~lib/")) continue;
    const names = failNames(source);
    if (names.size > 0) walk(source.statements, names);
  }
}

/** What the file calls the library's `fail`. */
function failNames(source: Source): ReadonlySet<string> {
  const names = new Set<string>();
  for (const statement of source.statements) {
    if (statement.kind !== IMPORT) continue;
    const { path, declarations } = statement as ImportStatement;
    if (path.value !== "orcade") continue;
    for (const each of declarations ?? []) if (each.foreignName.text === "fail") names.add(each.name.text);
  }
  return names;
}

type Holder = Record<string | number, unknown>;

/** Visits whatever is below a node: asc has no visitor of its own. */
function walk(value: unknown, names: ReadonlySet<string>): void {
  if (typeof value !== "object" || value === null) return;
  const holder = value as Holder;
  for (const key of Object.keys(holder)) {
    // Ranges lead back to the source.
    if (key === "range" || key === "source") continue;
    const child = holder[key];
    if (isFailure(child, names)) holder[key] = ended(child);
    else walk(child, names);
  }
}

function isFailure(value: unknown, names: ReadonlySet<string>): value is ExpressionStatement {
  if (!(value instanceof Node) || value.kind !== EXPRESSION) return false;
  const { expression } = value as ExpressionStatement;
  if (expression.kind !== CALL) return false;
  const callee = (expression as unknown as { expression: Node & { text: string } }).expression;
  return callee.kind === IDENTIFIER && names.has(callee.text);
}

function ended(statement: ExpressionStatement): Statement {
  const { range } = statement;
  const type = Node.createSimpleTypeName("Error", range);
  const unreachable = Node.createThrowStatement(Node.createNewExpression(type, null, [], range), range);
  return Node.createBlockStatement([statement, unreachable], range);
}
