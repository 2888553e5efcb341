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

export const compileProgram = (source: string): Compiled =>
  compile(source, { name: PROGRAM_NAME, prelude: LIBRARY, sites: IMPORTABLE });
