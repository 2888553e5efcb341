// `orcade fuel`: meters a module as a publish does, without a server, and says how.
import { readFileSync, writeFileSync } from "node:fs";
import { basename, resolve } from "node:path";
import {
  FuelError,
  type FunctionReport,
  type LoopReport,
  meter,
  type MeterReport,
  report,
} from "../../worker/fuel/index.ts";
import { type Command, type Invocation, type Report, textOption } from "../command.ts";
import { CliFailure, EXIT, messageOf, usage } from "../failure.ts";
import { byteCount, count, printable, shorten, table } from "../print.ts";

/** Longest name of a function that is shown. */
const NAME_LENGTH = 40;

function readModule(cwd: string, file: string): Uint8Array {
  try {
    return new Uint8Array(readFileSync(resolve(cwd, file)));
  } catch (error) {
    throw usage(`${file} cannot be read: ${messageOf(error)}.`);
  }
}

function writeModule(cwd: string, file: string, module: Uint8Array): void {
  try {
    writeFileSync(resolve(cwd, file), module);
  } catch (error) {
    throw usage(`${file} cannot be written: ${messageOf(error)}.`);
  }
}

/** What `work` answers; a refusal of the module becomes the command's failure. */
function orRefusal<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof FuelError) throw new CliFailure(EXIT.failed, error.reason, error.message);
    throw error;
  }
}

const FORMS = { once: "turns once", ahead: "paid before it", counted: "counted each turn" } as const;

const loopRow = ({ offset, depth, form, why }: LoopReport): string[] => [
  `${"  ".repeat(depth + 1)}loop at byte ${offset}`,
  "",
  "",
  why === null ? FORMS[form] : `${FORMS[form]}: ${why}`,
];

const functionRow = ({ index, name, size, meteredSize, carries }: FunctionReport): string[] => [
  name === null ? `function ${index}` : `function ${index} "${shorten(printable(name), NAME_LENGTH)}"`,
  count(size),
  count(meteredSize),
  carries ? "" : "counter through a global",
];

function describe(file: string, { size, meteredSize, closed, functions }: MeterReport): string {
  const loops = functions.flatMap((one) => one.loops);
  const of = (form: LoopReport["form"]) => loops.filter((loop) => loop.form === form).length;
  const rows = functions.flatMap((one) => [functionRow(one), ...one.loops.map(loopRow)]);
  return [
    `${file}: ${byteCount(size)}, metered ${byteCount(meteredSize)} (${(meteredSize / Math.max(size, 1)).toFixed(2)} times)`,
    `${count(functions.length)} functions; calls through tables ${closed ? "carry the counter" : "leave the counter in a global, for references may come from outside"}`,
    `${count(loops.length)} loops: ${of("ahead")} paid before they run, ${of("counted")} counted each turn, ${of("once")} that turn once`,
    "",
    table([["", "bytes", "metered", ""], ...rows]),
  ].join("\n");
}

function run(invocation: Invocation): Promise<Report> {
  const { io, operands, options } = invocation;
  const [file] = operands;
  const output = textOption(invocation, "output");
  const reports = options["report"] === true;
  if (file === undefined) throw usage("Which module?", "orcade fuel module.wasm --report");
  if (output === undefined && !reports) throw usage("Say where to write the metered module (-o FILE), or --report.");
  const module = readModule(io.cwd, file);
  const metered = orRefusal(() => meter(module));
  if (output !== undefined) writeModule(io.cwd, output, metered.module);
  const detail = reports ? report(module) : undefined;
  const said = `${basename(file)}: ${byteCount(module.length)}, metered ${byteCount(metered.module.length)}`;
  return Promise.resolve({
    exit: EXIT.ok,
    json: {
      module: file,
      output: output ?? null,
      size: module.length,
      metered_size: metered.module.length,
      cost_table: metered.costTable,
      instantiation: metered.initialCost,
      ...(detail === undefined ? {} : { closed: detail.closed, functions: detail.functions }),
    },
    text: detail === undefined ? said : describe(basename(file), detail),
  });
}

export const fuel: Command = {
  name: "fuel",
  operands: "<module>",
  summary: "meter a module here, and say how",
  description:
    "Meters a WebAssembly module as a publish does, with its memory as it is. --report shows each function and loop: what " +
    "the counter adds, which loops are paid before they run, and why others are not. docs/fuel.md explains fuel.",
  options: [
    { flags: "-o, --output <file>", description: "where to write the metered module" },
    { flags: "--report", description: "show functions and loops, and how each was metered" },
  ],
  examples: ["orcade fuel module.wasm -o metered.wasm", "orcade fuel build/module.wasm --report"],
  run,
};
