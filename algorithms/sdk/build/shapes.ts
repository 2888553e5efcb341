// The types an algorithm takes and gives, as the build understands them: a plain tree, told apart from the compiler.
import type { Json } from "./diagnostic.ts";

export type Shape =
  | { readonly kind: "boolean" | "string" | "utf8" }
  | { readonly kind: "integer"; readonly bits: number; readonly signed: boolean }
  | { readonly kind: "float" }
  | { readonly kind: "array"; readonly item: Shape; readonly bytes: boolean }
  | { readonly kind: "map"; readonly value: Shape }
  | { readonly kind: "object"; readonly of: ClassModel }
  | { readonly kind: "nullable"; readonly of: Shape };

/** Something as the author wrote it. */
export interface Written {
  readonly text: string;
  /** Where it is in its file. */
  readonly at: number;
}

/** A doc comment: its first paragraph and its tags. */
export interface Doc {
  readonly description?: string;
  /** Schema keywords given as tags, such as `@minimum 1`. */
  readonly keywords: Readonly<Record<string, Json>>;
}

export interface FieldModel {
  readonly name: string;
  readonly shape: Shape;
  /** The type; of an `Optional<T>`, what T is. */
  readonly type: Written;
  /** Whether it is an `Optional<T>`. */
  readonly optional: boolean;
  readonly initialiser: Written | undefined;
  /** The initialiser's value when it is a literal. */
  readonly literal: Json | undefined;
  readonly doc: Doc;
}

export interface ClassModel {
  readonly name: string;
  /** The file it is declared in, relative to the algorithm's folder. */
  readonly file: string;
  /** Where its closing brace is. */
  readonly end: number;
  readonly base: ClassModel | undefined;
  /** Whether it or a base has a constructor of the author's. */
  readonly constructed: boolean;
  /** Its own fields that are part of the value: neither static nor private nor protected. */
  readonly fields: readonly FieldModel[];
  /** Initialisers of its other instance fields. */
  readonly hidden: readonly { readonly name: string; readonly initialiser: Written | undefined }[];
  readonly doc: Doc;
}

/** In the input fields may be left out; in the output all are there but the absent Optional ones. */
export type Role = "input" | "output";

/** One side of the signature. */
export interface Side {
  readonly kind: "text" | "json" | "bytes" | "void";
  /** Absent for void. */
  readonly shape: Shape | undefined;
  readonly type: Written;
}

export interface Signature {
  /** The file that declares the author's function, and the function's name there. */
  readonly file: string;
  readonly name: string;
  readonly input: Side;
  readonly output: Side;
  /** The classes that appear in each side, bases before what extends them. */
  readonly inputClasses: readonly ClassModel[];
  readonly outputClasses: readonly ClassModel[];
}

/** All fields of a class, its bases' first. */
export function allFields(model: ClassModel): readonly FieldModel[] {
  return model.base === undefined ? model.fields : [...allFields(model.base), ...model.fields];
}

/** Whether the field must be in the input. */
export const isRequired = (field: FieldModel): boolean => !field.optional && field.initialiser === undefined;

/** How many levels of values a shape has; a number has one. */
export function depthOf(shape: Shape): number {
  if (shape.kind === "nullable") return depthOf(shape.of);
  if (shape.kind === "array") return 1 + depthOf(shape.item);
  if (shape.kind === "map") return 1 + depthOf(shape.value);
  if (shape.kind !== "object") return 1;
  return 1 + Math.max(0, ...allFields(shape.of).map((field) => depthOf(field.shape)));
}
