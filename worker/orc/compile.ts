// The front half: a program's text to its core, or to what is wrong with it. No I/O: texts to include come from `resolve`.
import { Builder } from "./core/builder.ts";
import { formComponents } from "./core/components.ts";
import { ConstantPool } from "./core/constants.ts";
import { Scope } from "./core/names.ts";
import { compilePrelude, type CompiledPrelude, type Prelude, type PreludeText } from "./core/prelude.ts";
import type { Program } from "./core/program.ts";
import { Resolver } from "./core/resolve.ts";
import { newBlock } from "./core/translate/context.ts";
import { newTranslator } from "./core/translate/translate.ts";
import { diagnostic, Refusal, type Diagnostic, type Finding } from "./source/diagnostics.ts";
import { placeIn, Texts } from "./source/texts.ts";
import type { Expression } from "./syntax/ast.ts";
import { parseProgram, type Resolve } from "./syntax/parse.ts";

export interface CompileOptions {
  /** How diagnostics call the program; "program.orc" unless told. */
  readonly name?: string;
  /** Finds the text of an `include`; without it there is none. */
  readonly resolve?: Resolve;
  /** Declarations before the program. The same list (the same object) is compiled once. */
  readonly prelude?: readonly PreludeText[];
  /** Names an `import site` of the program may give; without it every name is taken. */
  readonly sites?: ReadonlySet<string>;
}

export type Compiled =
  | { readonly ok: true; readonly program: Program; readonly warnings: readonly Diagnostic[] }
  /** Errors in the order of the text; at least one. Warnings too, behind them. */
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

const EMPTY: readonly PreludeText[] = [];

/** Compiled preludes: lists of texts are constants of a host. */
const preludes = new WeakMap<readonly PreludeText[], CompiledPrelude>();

function preludeOf(texts: readonly PreludeText[]): CompiledPrelude {
  const known = preludes.get(texts);
  if (known !== undefined) return known;
  const compiled = compilePrelude(texts);
  preludes.set(texts, compiled);
  return compiled;
}

/** @param source the whole program */
export function compile(source: string, options: CompileOptions = {}): Compiled {
  const prelude = preludeOf(options.prelude ?? EMPTY);
  if (!prelude.ok) return prelude;
  try {
    return compileBehind(prelude.prelude, source, options);
  } catch (error) {
    // Whoever calls us deep in a stack of its own leaves less room than MAXIMUM_NESTING was measured with.
    if (error instanceof RangeError) return exhausted(source, options);
    throw error;
  }
}

function exhausted(source: string, { name = "program.orc" }: CompileOptions): Compiled {
  const message = "The program is nested too deeply.";
  const fix = "Give inner parts a name with `val` or `def`.";
  const place = placeIn(name, source, 0, 1);
  return { ok: false, diagnostics: [{ severity: "error", code: "nesting", message, fix, place }] };
}

function compileBehind(prelude: Prelude, text: string, options: CompileOptions): Compiled {
  const { name = "program.orc", resolve = () => undefined, sites } = options;
  const texts = new Texts();
  for (const known of prelude.sources) texts.add(known);
  const all = (severity: "error" | "warning", findings: readonly Finding[]): Diagnostic[] =>
    findings.map((finding) => diagnostic(texts, severity, finding)).sort(inOrder);
  const parsed = parseProgram({ name, text, prelude: false }, texts, resolve);
  if (!parsed.ok) return { ok: false, diagnostics: all("error", [parsed.finding]) };
  const pool = new ConstantPool(prelude.builder.pool);
  const r = new Resolver(new Scope(prelude.names), pool, (site) => sites === undefined || sites.has(site));
  const { expression } = parsed.value;
  r.expression(expression);
  if (r.errors.length > 0)
    return { ok: false, diagnostics: [...all("error", r.errors), ...all("warning", r.warnings)] };
  formComponents(r.groups.values());
  const builder = new Builder(texts, pool, prelude.builder);
  const translated = translate(builder, r, expression);
  if ("code" in translated) return { ok: false, diagnostics: all("error", [translated]) };
  return { ok: true, program: translated, warnings: all("warning", r.warnings) };
}

function translate(builder: Builder, r: Resolver, expression: Expression): Program | Finding {
  const t = newTranslator(builder, r.meanings, r.groups, (finding) => r.warn(finding));
  const block = newBlock(r.routine, 1);
  try {
    const root = t.expression(expression, block, true);
    return builder.program(root, block.size);
  } catch (error) {
    if (error instanceof Refusal) return error.finding;
    throw error;
  }
}

/** By place in a text; findings of different texts keep their order. */
const inOrder = ({ place: a }: Diagnostic, { place: b }: Diagnostic): number =>
  a.source === b.source ? a.line - b.line || a.column - b.column : 0;
