// Compiles a program that runs on the server: behind the prelude of the language stand the names that only the server has.
import { compile, type Compiled } from "../orc/compile.ts";
import { CLOCK_SITE } from "../orc/core/clock.ts";
import { PRELUDE } from "../orc/prelude/index.ts";
import { siteNames } from "../orc/sites/table.ts";

/** The sites that the server answers, as the engine calls them. */
export const CALL_SITE = "orcade.call";
export const ARGUMENTS_SITE = "orcade.arguments";

/**
 * - `algo("owner/name@version")(input)`: the answer of an algorithm.
 * - `algoWith(name, {. timeout = ms, maxBytes = n, maxCost = microcredits .})(input)`: the same within bounds.
 * - `arguments()`: what the request gave the program.
 */
const SERVER = String.raw`
import site CallAlgorithm = "${CALL_SITE}"
import site arguments = "${ARGUMENTS_SITE}"

def algoWith(name, options) = lambda(input) = CallAlgorithm(name, input, options)
def algo(name) = algoWith(name, {. .})
`;

/** One list, so that it is compiled once. */
const LIBRARY = [...PRELUDE, { name: "server.inc", source: SERVER }];
/** What a program itself may import: nothing of the server's, which it has by the names above. */
const IMPORTABLE: ReadonlySet<string> = new Set([...siteNames(), CLOCK_SITE]);

/** How diagnostics call the program. */
export const PROGRAM_NAME = "program.orc";

/** @param files texts that the program may include, by their paths from its folder, `/` between names */
export const compileProgram = (source: string, files: ReadonlyMap<string, string> = new Map()): Compiled =>
  compile(source, {
    name: PROGRAM_NAME,
    prelude: LIBRARY,
    sites: IMPORTABLE,
    resolve: (file, from) => {
      const name = pathOf(file, from);
      const text = name === undefined ? undefined : files.get(name);
      return name === undefined || text === undefined ? undefined : { name, text };
    },
  });

/** @returns the path that `file` names in the text called `from`; undefined if it leaves the program's folder */
function pathOf(file: string, from: string): string | undefined {
  const parts = from.split("/").slice(0, -1);
  for (const part of file.split("/")) {
    if (part === ".." && parts.pop() === undefined) return undefined;
    if (part !== ".." && part !== ".") parts.push(part);
  }
  return parts.join("/");
}
