// `fail(...)` never returns, but AssemblyScript has no type `never`: in the author's syntax trees each statement that is
// nothing but a call of it is followed by a `throw`, so that asc knows that control ends there.
import { Node, type ExpressionStatement, type ImportStatement, type Parser, type Source } from "assemblyscript";
import type { CallExpression, IdentifierExpression, PropertyAccessExpression, Statement } from "assemblyscript";
import { isNode } from "./syntax.ts";

/** An asc hook: see `Transform.afterParse`. */
export function endAtFail(parser: Parser): void {
  for (const source of parser.sources) {
    if (source.normalizedPath.startsWith("~lib/")) continue;
    const names = namesIn(source);
    if (names.functions.size + names.namespaces.size > 0) walk(source.statements, names);
  }
}

/** What a file calls the library's `fail`: a function's name, or `name.fail`. */
interface Names {
  readonly functions: ReadonlySet<string>;
  readonly namespaces: ReadonlySet<string>;
}

function namesIn(source: Source): Names {
  const functions = new Set<string>();
  const namespaces = new Set<string>();
  for (const statement of source.statements) {
    if (!isNode(statement, "Import")) continue;
    const { path, declarations, namespaceName } = statement as ImportStatement;
    if (path.value !== "orcade") continue;
    if (namespaceName !== null) namespaces.add(namespaceName.text);
    for (const each of declarations ?? []) if (each.foreignName.text === "fail") functions.add(each.name.text);
  }
  return { functions, namespaces };
}

/** Visits whatever is below a node: asc has no visitor of its own. */
function walk(value: unknown, names: Names): void {
  if (typeof value !== "object" || value === null) return;
  const holder = value as Record<string, unknown>;
  for (const key of Object.keys(holder)) {
    // Ranges lead back to the source.
    if (key === "range" || key === "source") continue;
    const child = holder[key];
    if (isFailure(child, names)) holder[key] = ended(child);
    else walk(child, names);
  }
}

function isFailure(value: unknown, names: Names): value is ExpressionStatement {
  if (!(value instanceof Node) || !isNode(value, "Expression")) return false;
  const { expression } = value as ExpressionStatement;
  if (!isNode(expression, "Call")) return false;
  const callee = (expression as CallExpression).expression;
  if (isNode(callee, "Identifier")) return names.functions.has((callee as IdentifierExpression).text);
  if (!isNode(callee, "PropertyAccess")) return false;
  const { expression: owner, property } = callee as PropertyAccessExpression;
  return (
    isNode(owner, "Identifier") &&
    names.namespaces.has((owner as IdentifierExpression).text) &&
    property.text === "fail"
  );
}

function ended(statement: ExpressionStatement): Statement {
  const { range } = statement;
  const type = Node.createSimpleTypeName("Error", range);
  const unreachable = Node.createThrowStatement(Node.createNewExpression(type, null, [], range), range);
  return Node.createBlockStatement([statement, unreachable], range);
}
