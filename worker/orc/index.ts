// Orc, the orchestration language: `compile` a program's text, `run` the result. A leaf: imports nothing of ours, runs in Node and
// in Workers.
import { compile as compileWith, type Compiled, type CompileOptions } from "./compile.ts";
import { CLOCK_SITE } from "./core/clock.ts";
import { PRELUDE } from "./prelude/index.ts";
import { siteNames } from "./sites/table.ts";

export type { Compiled, CompileOptions } from "./compile.ts";
export type { Program } from "./core/program.ts";
export { placeOfNode } from "./core/place.ts";
export { formatDiagnostic, type Diagnostic, type DiagnosticCode } from "./source/diagnostics.ts";
export type { Place } from "./source/texts.ts";
export type { Resolve } from "./syntax/parse.ts";
export { realClock, SimulatedClock, type Clock } from "./clock.ts";
export { format, run, type RunOptions, type RunOutput, type SiteCall, type SitePort } from "./run.ts";

const LIBRARY_SITES: readonly string[] = [...siteNames(), CLOCK_SITE];
const LIBRARY_ONLY: ReadonlySet<string> = new Set(LIBRARY_SITES);

/**
 * Compiles a program behind the prelude.
 * @param options.sites names of sites of the host's own that `import site` may give, beside the library's
 */
export function compile(source: string, options: Omit<CompileOptions, "prelude"> = {}): Compiled {
  const sites = options.sites === undefined ? LIBRARY_ONLY : new Set([...LIBRARY_SITES, ...options.sites]);
  return compileWith(source, { ...options, sites, prelude: PRELUDE });
}
