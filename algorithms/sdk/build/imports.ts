// What a built module may import: the host functions of the orcade ABI, and `state` only with the permission. Parts of
// AssemblyScript's standard library import clocks and random numbers; they are refused here, at the line that uses them.
import type { Diagnostic } from "./diagnostic.ts";
import { placeOf } from "./diagnostic.ts";
import { moduleOf } from "./wasm.ts";

interface Refused {
  /** The import, as `module.name`. */
  readonly import: RegExp;
  /** What in the author's source brings it in. */
  readonly source: RegExp;
  readonly message: string;
}

const SAME = "the same input must give the same answer on every machine.";

const REFUSED: readonly Refused[] = [
  {
    import: /^env\.seed$/,
    source: /\bMath\.random\b|\bNativeMath\.random\b|\bMathf\.random\b/,
    message: `Math.random is not available: ${SAME} Use random() of "orcade", whose numbers are written down with the call, or take a seed from the input.`,
  },
  {
    import: /^env\.Date\./,
    source: /\bDate\.now\b|\bnew Date\(\s*\)/,
    message: `The clock is not available: ${SAME} Use now() of "orcade", or take the time from the input.`,
  },
  {
    import: /^env\.performance\./,
    source: /\bperformance\b/,
    message: `The clock is not available: ${SAME} Fuel says what a call costs.`,
  },
  {
    import: /^env\.(console\.|trace$)/,
    source: /\bconsole\.\w+|\btrace\s*\(/,
    message: 'console and trace are not available: use log.info(...) of "orcade", or end with fail(...).',
  },
  {
    import: /^env\.(process\.|crypto\.|global)/,
    source: /\b(?:process|crypto)\b/,
    message: "The process and its environment are not available: an algorithm has its input and state only.",
  },
];

/**
 * @param sources the author's files
 * @param permissions those of algorithm.json
 */
export function checkImports(
  wasm: Uint8Array,
  sources: ReadonlyMap<string, string>,
  permissions: readonly string[],
): readonly Diagnostic[] {
  const module = moduleOf(wasm);
  const names = WebAssembly.Module.imports(module).map((each) => `${each.module}.${each.name}`);
  const foreign = names.filter((name) => !name.startsWith("orcade.")).map((name) => describe(name, sources));
  const missing = NEEDED.filter(
    ({ permission, host }) => names.some((name) => host.test(name)) && !permissions.includes(permission),
  );
  return [
    ...foreign,
    ...missing.map(({ permission, source }) => ({
      ...find(source, sources),
      message: `${permission} needs a permission: write "permissions": ["${permission}"] in algorithm.json.`,
    })),
  ];
}

/** Host functions that need a permission, and what in the author's source brings them in. */
const NEEDED = [
  { permission: "state", host: /^orcade\.state_/, source: /\bstate\s*\.\s*\w+/ },
  {
    permission: "data",
    host: /^orcade\.data_(?:get|range|size|list)$/,
    source: /\bdata\s*\.\s*(?:get|size|exists|list)\w*/,
  },
  { permission: "data-write", host: /^orcade\.data_(?:put|delete)$/, source: /\bdata\s*\.\s*(?:put|delete)\w*/ },
  { permission: "internet", host: /^orcade\.fetch/, source: /\bfetch\s*\(/ },
  { permission: "secrets", host: /^orcade\.secret_get$/, source: /\bsecret\s*\(/ },
  { permission: "call", host: /^orcade\.call(?:_\w+)?$/, source: /\bcall(?:All)?\s*[<(]/ },
] as const;

function describe(name: string, sources: ReadonlyMap<string, string>): Diagnostic {
  const known = REFUSED.find((each) => each.import.test(name));
  if (known !== undefined) return { ...find(known.source, sources), message: known.message };
  const own =
    name
      .slice(name.indexOf(".") + 1)
      .split(".")
      .at(-1) ?? name;
  const escaped = own.replaceAll(/[^\w]/g, "\\$&");
  const message = `${name} is imported, but a module may import nothing but the orcade host functions.`;
  return { ...find(new RegExp(`\\b${escaped}\\b`), sources), message };
}

/** The first place outside comments where the pattern stands; the top of index.ts when there is none. */
function find(pattern: RegExp, sources: ReadonlyMap<string, string>): Omit<Diagnostic, "message"> {
  for (const [file, text] of sources) {
    const bare = text.replaceAll(/\/\*[^]*?\*\/|\/\/[^\n]*/g, (comment) => comment.replaceAll(/[^\n]/g, " "));
    const index = bare.search(pattern);
    if (index >= 0) return { file, ...placeOf(text, index) };
  }
  return { file: "index.ts", line: 0, column: 0 };
}
