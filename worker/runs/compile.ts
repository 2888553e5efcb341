// Compiles a program that runs on the server: behind the prelude of the language stand the names that only the server has.
import { compile, type Compiled } from "../orc/compile.ts";
import { CLOCK_SITE } from "../orc/core/clock.ts";
import type { Node, Program } from "../orc/core/program.ts";
import { PRELUDE } from "../orc/prelude/index.ts";
import { PORT_SITE } from "../orc/sites/core.ts";
import { siteNames } from "../orc/sites/table.ts";

/** The sites that the server answers, as the engine calls them. */
export const CALL_SITE = "orcade.call";
export const ARGUMENTS_SITE = "orcade.arguments";
export const HTTP_SITE = "orcade.http";
export const DATA_SITE = "orcade.data";
export const SIGNAL_SITE = "orcade.signal";

/**
 * - `algo("owner/name@version")(input)`: the answer of an algorithm.
 * - `algoWith(name, {. timeout = ms, maxBytes = n, maxCost = microcredits, text = true .})(input)`: the same within bounds; an
 *   answer of bytes as text.
 * - `arguments()`: what the request gave the program.
 * - `http.get(url)`, `http.post(url, body)`, `http.send({. method, url, headers, body, timeout, maxBytes .})`.
 * - `data.get(path)`, `data.put(path, text)`, `data.list(path)`.
 * - `signal(name)`: what somebody sends to a durable run (see {@link withSignals}).
 * A site is called where the program calls it, and so an error is reported there.
 */
const SERVER = String.raw`
import site SiteNamed = "${PORT_SITE}"
import site arguments = "${ARGUMENTS_SITE}"
import site http = "${HTTP_SITE}"
import site data = "${DATA_SITE}"

def algoWith(name, options) = SiteNamed("${CALL_SITE}", name, options)
def algo(name) = algoWith(name, {. .})
`;

/** One list, so that it is compiled once. */
const LIBRARY = [...PRELUDE, { name: "server.inc", source: SERVER }];
/** What a program itself may import: nothing of the server's, which it has by the names above. */
const IMPORTABLE: ReadonlySet<string> = new Set([...siteNames(), CLOCK_SITE]);

/** How diagnostics call the program. */
export const PROGRAM_NAME = "program.orc";

/** @param files texts that the program may include, by their paths from its folder, `/` between names */
export function compileProgram(source: string, files: ReadonlyMap<string, string> = new Map()): Compiled {
  const compiled = compile(source, {
    name: PROGRAM_NAME,
    prelude: LIBRARY,
    sites: IMPORTABLE,
    resolve: (file, from) => {
      const name = pathOf(file, from);
      const text = name === undefined ? undefined : files.get(name);
      return name === undefined || text === undefined ? undefined : { name, text };
    },
  });
  return compiled.ok ? { ...compiled, program: withSignals(compiled.program) } : compiled;
}

/**
 * `signal` is a word of the language, for a value that nobody can call. On the server `signal(name)` means the site that waits
 * for what somebody sends: calls of the value become calls of the site; everywhere else it stays the value.
 */
function withSignals(program: Program): Program {
  const { constants, nodes, sites } = program;
  const value = constants.findIndex(({ type }) => type === "signal");
  const isCall = (node: Node): boolean =>
    node.kind === "call" && node.target.kind === "constant" && node.target.constant === value;
  if (value < 0 || !nodes.some(isCall)) return program;
  const target = { kind: "constant", constant: constants.length } as const;
  return {
    ...program,
    constants: [...constants, { type: "site", name: SIGNAL_SITE }],
    nodes: nodes.map((node) => (isCall(node) ? ({ ...node, target } as Node) : node)),
    sites: [...sites, SIGNAL_SITE].sort(),
  };
}

/** @returns the path that `file` names in the text called `from`; undefined if it leaves the program's folder */
function pathOf(file: string, from: string): string | undefined {
  const parts = from.split("/").slice(0, -1);
  for (const part of file.split("/")) {
    if (part === ".." && parts.pop() === undefined) return undefined;
    if (part !== ".." && part !== ".") parts.push(part);
  }
  return parts.join("/");
}
