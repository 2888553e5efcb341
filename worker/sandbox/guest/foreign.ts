// Modules that other tools built: a WASI command reads its input from standard input and answers on standard output; an Extism
// plug-in does both through its host's blocks, and may use WASI beside. Both may call what the orcade ABI has, too.
import type { Foreign } from "../protocol.ts";
import { EXTISM_MODULE } from "../../market/abis/extism.ts";
import { WASI_MODULE } from "../../market/abis/wasi.ts";
import { Plugin, extismFunctions } from "./extism/index.ts";
import type { Desk } from "./imports.ts";
import { type Pay, paid } from "./pay.ts";
import { hostFuel } from "./prices.ts";
import { wasiFunctions } from "./wasi/index.ts";
import { WasiMemory } from "./wasi/memory.ts";
import { Exit, System } from "./wasi/system.ts";

/** Runs an export, metered and able to suspend. @returns what it gave */
type Enter = (run: () => unknown) => Promise<unknown>;

export interface Foreigner {
  readonly imports: Readonly<Record<string, Record<string, unknown>>>;
  /** Drives the instance to its answer. @throws Stop */
  readonly run: (exports: WebAssembly.Exports, enter: Enter) => Promise<Uint8Array>;
}

function systemOf(desk: Desk, foreign: Foreign): { system: System; functions: Record<string, unknown> } {
  const memory = (): WasiMemory => new WasiMemory(desk.memory());
  const { args, environ } = foreign;
  const { call, clock, chance } = desk;
  const world = { input: call.input, args, environ, clock, chance, memory };
  const system = new System(world);
  const functions = wasiFunctions(system, memory, payOf(desk), (base, bytes) =>
    desk.tank.charge(hostFuel(base, bytes)),
  );
  return { system, functions };
}

const payOf =
  (desk: Desk): Pay =>
  (base, bytes, work) =>
    paid(desk, base, bytes, work);

/** The level of what a program writes to standard error. */
const INFO = 1;

/** Standard error is the module's log, line by line: it is known when it has ended, however it did. */
function tellErrors({ sayings }: Desk, { errors }: System): void {
  const lines = errors.text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  const encoder = new TextEncoder();
  for (const line of lines) sayings.add(INFO, encoder.encode(line));
}

/** Runs what may end by `proc_exit`: 0 is an end like any other. */
async function exiting(system: System, run: Promise<unknown>): Promise<unknown> {
  try {
    return await run;
  } catch (error) {
    if (!(error instanceof Exit)) throw error;
    if (error.code !== 0) throw system.failure(error);
    return 0;
  }
}

function command(desk: Desk, foreign: Foreign): Foreigner {
  const { system, functions } = systemOf(desk, foreign);
  return {
    imports: { [WASI_MODULE]: functions },
    run: async (exports, enter) => {
      try {
        await exiting(system, enter(exports[foreign.entry] as () => void));
      } finally {
        tellErrors(desk, system);
      }
      return system.output.whole();
    },
  };
}

/** What a plug-in wants to be called first, where it exports it: the runtime of its language. */
const BEFORE = ["_initialize", "__wasm_call_ctors"];

function plugin(desk: Desk, foreign: Foreign): Foreigner {
  const { system, functions } = systemOf(desk, foreign);
  const { input } = desk.call;
  const outside = desk.call.module.internet === true ? desk.outside : null;
  const log = (level: number, line: Uint8Array): void => desk.sayings.add(level, line);
  const made = new Plugin({ input, config: foreign.config, log, outside });
  const host = extismFunctions(made, input.length, payOf(desk), (fuel) => desk.tank.charge(fuel));
  return {
    imports: { [EXTISM_MODULE]: host, [WASI_MODULE]: functions },
    run: async (exports, enter) => {
      try {
        const before = BEFORE.find((name) => typeof exports[name] === "function");
        if (before !== undefined) await exiting(system, enter(exports[before] as () => void));
        const code = await exiting(system, enter(exports[foreign.entry] as () => number));
        if (typeof code === "number" && code !== 0) throw made.failure(code);
        return made.output;
      } finally {
        tellErrors(desk, system);
      }
    },
  };
}

export const foreigner = (desk: Desk, foreign: Foreign): Foreigner =>
  foreign.abi === "wasi" ? command(desk, foreign) : plugin(desk, foreign);
