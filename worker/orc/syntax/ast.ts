// The surface syntax tree (orc.md §2), as written: nothing is resolved, types are kept only to be printed. Chains of one
// operator level are one node, so that the depth of a tree is the nesting of its brackets and prefix forms.
import type { Stretch } from "../source/texts.ts";

/** A name where it is used, or bound by a pattern: `number` counts them, so that what it stands for can be kept in an array. */
export interface Occurrence extends Stretch {
  readonly name: string;
  readonly number: number;
}

/** A name where it is introduced. */
export interface Name extends Stretch {
  readonly name: string;
}

export type Literal =
  | { readonly type: "integer" | "number" | "string"; readonly text: string }
  | { readonly type: "boolean"; readonly value: boolean }
  | { readonly type: "signal" | "null" };

export type Step =
  | (Stretch & { readonly kind: "field"; readonly name: string })
  /** `e?` */
  | (Stretch & { readonly kind: "read"; readonly operator: Occurrence })
  | (Stretch & {
      readonly kind: "arguments";
      readonly types: readonly Type[] | undefined;
      readonly items: readonly Expression[];
    });

/** An operator of a chain and its right operand. */
export interface Operation {
  readonly operator: Occurrence;
  readonly right: Expression;
}

export interface Piped {
  readonly pattern: Pattern | undefined;
  readonly expression: Expression;
}

export type Expression = Stretch &
  (
    | { readonly kind: "stop" }
    | { readonly kind: "literal"; readonly literal: Literal }
    | { readonly kind: "variable"; readonly occurrence: Occurrence }
    | { readonly kind: "tuple"; readonly items: readonly Expression[] }
    | { readonly kind: "list"; readonly items: readonly Expression[] }
    | { readonly kind: "record"; readonly fields: readonly { readonly key: Name; readonly value: Expression }[] }
    | { readonly kind: "chain"; readonly base: Expression; readonly steps: readonly Step[] }
    /** `-e` (operator `0-`) or `~e`. */
    | { readonly kind: "unary"; readonly operator: Occurrence; readonly operand: Expression }
    /** One level of binary operators; `**` and `:` group to the right, the others to the left. */
    | { readonly kind: "operators"; readonly first: Expression; readonly rest: readonly Operation[] }
    /** `first >p1> e1 >p2> e2 …`, grouping to the right. */
    | { readonly kind: "sequential"; readonly first: Expression; readonly rest: readonly Piped[] }
    | { readonly kind: "parallel"; readonly branches: readonly Expression[] }
    /** `first <p1< e1 <p2< e2 …`, grouping to the left. */
    | { readonly kind: "prune"; readonly first: Expression; readonly rest: readonly Piped[] }
    | { readonly kind: "otherwise"; readonly branches: readonly Expression[] }
    /** `if … then … else if … then … else …` */
    | { readonly kind: "if"; readonly arms: readonly Arm[]; readonly no: Expression }
    | { readonly kind: "lambda"; readonly clause: Clause }
    | { readonly kind: "declare"; readonly declarations: readonly Declaration[]; readonly body: Expression }
    /** `e :: T` or, overriding, `e :!: T`. */
    | { readonly kind: "typed"; readonly expression: Expression; readonly type: Type; readonly override: boolean }
  );

export interface Arm {
  readonly condition: Expression;
  readonly yes: Expression;
}

export type Kinded<K extends Expression["kind"]> = Extract<Expression, { readonly kind: K }>;

/** `[A, B](p, …) :: T if (g) = body` */
export interface Clause {
  readonly typeParameters: readonly Name[] | undefined;
  readonly parameters: readonly Pattern[];
  readonly result: Type | undefined;
  readonly guard: Expression | undefined;
  readonly body: Expression;
}

export interface Datatype {
  readonly name: Name;
  readonly constructors: readonly (Stretch & {
    readonly name: Name;
    readonly arity: number;
    /** undefined: written with `_`. */
    readonly types: readonly Type[] | undefined;
  })[];
}

export type Declaration = Stretch &
  (
    | { readonly kind: "val"; readonly pattern: Pattern; readonly value: Expression }
    | { readonly kind: "def"; readonly name: Name; readonly isClass: boolean; readonly clause: Clause }
    | {
        readonly kind: "signature";
        readonly name: Name;
        readonly typeParameters: readonly Name[] | undefined;
        readonly parameters: readonly Type[];
        readonly result: Type;
      }
    | {
        readonly kind: "datatype";
        readonly typeParameters: readonly Name[] | undefined;
        readonly datatype: Datatype;
      }
    | {
        readonly kind: "alias";
        readonly name: Name;
        readonly typeParameters: readonly Name[] | undefined;
        readonly type: Type;
      }
    | {
        readonly kind: "import";
        readonly what: "site" | "class" | "type";
        readonly name: Name;
        readonly target: string;
      }
    | { readonly kind: "include"; readonly file: string; readonly declarations: readonly Declaration[] }
  );

export type Declared<K extends Declaration["kind"]> = Extract<Declaration, { readonly kind: K }>;

export type Pattern = Stretch &
  (
    | { readonly kind: "any" }
    | { readonly kind: "bind"; readonly name: Occurrence }
    /** A number may have its sign in its text. */
    | { readonly kind: "literal"; readonly literal: Literal }
    | { readonly kind: "tuple"; readonly parts: readonly Pattern[] }
    | { readonly kind: "list"; readonly parts: readonly Pattern[] }
    | { readonly kind: "cons"; readonly heads: readonly Pattern[]; readonly tail: Pattern }
    | { readonly kind: "record"; readonly fields: readonly { readonly key: Name; readonly pattern: Pattern }[] }
    | { readonly kind: "call"; readonly target: Occurrence; readonly parts: readonly Pattern[] }
    | { readonly kind: "as"; readonly pattern: Pattern; readonly name: Occurrence }
    | { readonly kind: "typed"; readonly pattern: Pattern; readonly type: Type }
  );

export type Type = Stretch &
  (
    | { readonly kind: "name"; readonly name: string; readonly arguments: readonly Type[] | undefined }
    | { readonly kind: "tuple"; readonly parts: readonly Type[] }
    | { readonly kind: "record"; readonly fields: readonly { readonly key: string; readonly type: Type }[] }
    | {
        readonly kind: "lambda";
        readonly typeParameters: readonly Name[] | undefined;
        readonly parameters: readonly Type[];
        readonly result: Type;
      }
  );
