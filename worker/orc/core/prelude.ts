// The prelude: texts of declarations that come before every program. Compiled once; programs are compiled behind its tables, so
// that its numbers are the same in all of them.
import { Texts } from "../source/texts.ts";
import { diagnostic, type Diagnostic, type Finding } from "../source/diagnostics.ts";
import type { Expression } from "../syntax/ast.ts";
import { parseLibrary } from "../syntax/parse.ts";
import { Builder } from "./builder.ts";
import { formComponents, isConstant } from "./components.ts";
import { ConstantPool } from "./constants.ts";
import { Scope, type Constant, type Meaning } from "./names.ts";
import type { Source } from "./program.ts";
import { Resolver } from "./resolve.ts";
import { newBlock, operandOf } from "./translate/context.ts";
import { newTranslator } from "./translate/translate.ts";

export interface PreludeText {
  readonly name: string;
  readonly source: string;
}

export interface Prelude {
  readonly sources: readonly Source[];
  readonly builder: Builder;
  /** What its names stand for: constants, all of them. */
  readonly names: ReadonlyMap<string, Constant>;
}

export type CompiledPrelude =
  | { readonly ok: true; readonly prelude: Prelude }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/** Its `import site`s are trusted: whoever hands the prelude in has the sites. */
export function compilePrelude(texts: readonly PreludeText[]): CompiledPrelude {
  const all = new Texts();
  const sources = texts.map(({ name, source }): Source => ({ name, text: source, prelude: true }));
  const failed = (findings: readonly Finding[]): CompiledPrelude => ({
    ok: false,
    diagnostics: findings.map((finding) => diagnostic(all, "error", finding)),
  });
  const parsed = parseLibrary(sources, all);
  if (!parsed.ok) return failed([parsed.finding]);
  const pool = new ConstantPool();
  const r = new Resolver(new Scope(new Map()), pool, () => true);
  const body: Expression = { kind: "stop", start: 0, end: 0 };
  let own: readonly (readonly [string, Meaning])[] = [];
  r.declarations(parsed.value.declarations, () => {
    own = [...r.scope];
  });
  if (r.errors.length > 0) return failed(r.errors);
  formComponents(r.groups.values());
  const builder = new Builder(all, pool);
  const t = newTranslator(builder, r.meanings, r.groups, () => undefined);
  const block = newBlock(r.routine, 1);
  const { declarations } = parsed.value;
  t.declaring({ kind: "declare", declarations, body, start: 0, end: 0 }, block, () => t.expression(body, block, true));
  const variable = own.find(([, meaning]) => !isConstant(meaning));
  if (variable !== undefined) {
    const message = `The prelude's \`${variable[0]}\` is computed when a program runs; it may hold functions, sites and types only.`;
    return failed([{ code: "import", message, at: { start: 0, end: 0 } }]);
  }
  const names = new Map(own.map(([name, meaning]) => [name, constantOf(operandOf(t, meaning, block))]));
  return { ok: true, prelude: { sources: all.sources, builder, names } };
}

const constantOf = (operand: ReturnType<typeof operandOf>): Constant => ({
  kind: "constant",
  constant: operand.kind === "constant" ? operand.constant : 0,
});
