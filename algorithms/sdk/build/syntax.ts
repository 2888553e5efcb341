// The little that is needed of asc's syntax trees and types.
import * as asc from "assemblyscript";
import type {
  Class,
  Element,
  FieldDeclaration,
  NamedTypeNode,
  Node,
  ParameterNode,
  Type,
  TypeNode,
} from "assemblyscript";
import type { Written } from "./shapes.ts";

/**
 * asc's enums as they are when it runs. Its types declare them as `const enum`, which erasable TypeScript cannot read.
 */
const enums = asc as unknown as Readonly<
  Record<"NodeKind" | "CommonFlags" | "ElementKind" | "TypeKind" | "ParameterKind", Record<string, number>>
>;

type NodeName =
  | "NamedType"
  | "Identifier"
  | "Call"
  | "False"
  | "Literal"
  | "New"
  | "Null"
  | "PropertyAccess"
  | "True"
  | "UnaryPrefix"
  | "Expression"
  | "Import";

/** @returns whether a node is of the kind */
export const isNode = (node: Node, kind: NodeName): boolean => (node.kind as number) === enums.NodeKind[kind];

/** @returns whether an element of the program is a function */
export const isFunction = (element: Element): boolean =>
  (element.kind as number) === enums.ElementKind["FunctionPrototype"];

export const isVoid = (type: Type): boolean => (type.kind as number) === enums.TypeKind["Void"];

/** @returns whether a parameter is plain, may be left out or takes the rest */
export function parameterKind(node: ParameterNode): "plain" | "optional" | "rest" {
  if ((node.parameterKind as number) === enums.ParameterKind["Rest"]) return "rest";
  const plain = node.initializer === null && (node.parameterKind as number) === enums.ParameterKind["Default"];
  return plain ? "plain" : "optional";
}

/** @returns whether the declaration has any of the modifiers */
export function hasFlag(
  declaration: { readonly flags: FieldDeclaration["flags"] },
  ...flags: ("Static" | "Readonly" | "Private" | "Protected" | "Generic")[]
): boolean {
  return flags.some((flag) => ((declaration.flags as number) & (enums.CommonFlags[flag] ?? 0)) !== 0);
}

/** @returns a node as the author wrote it, and where */
export const written = (node: Node): Written => ({ text: textOf(node), at: node.range.start });

/** @returns a node as the author wrote it */
export const textOf = (node: Node): string => node.range.source.text.slice(node.range.start, node.range.end);

/** The node of a type argument, when the author wrote one there. */
export function argumentNode(node: TypeNode, reference: Class, index: number): TypeNode {
  if (!isNode(node, "NamedType")) return node;
  const written = (node as NamedTypeNode).typeArguments;
  return written?.length === reference.typeArguments?.length ? (written?.[index] ?? node) : node;
}
