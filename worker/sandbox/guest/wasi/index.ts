// The imports of `wasi_snapshot_preview1` for one call: each function of System, paid for before it acts by what it was asked
// to move, and afterwards by what the scratch had to do.
import { WASI_NAMES, type WasiName } from "../../../market/abis/wasi.ts";
import { ERRNO, WasiError } from "./errno.ts";
import type { WasiMemory } from "./memory.ts";
import type { Pay } from "../pay.ts";
import type { System } from "./system.ts";

/**
 * Functions that do little and always at once: they never suspend the module.
 */
const LIGHT: ReadonlySet<WasiName> = new Set([
  "clock_res_get",
  "clock_time_get",
  "fd_close",
  "fd_seek",
  "fd_tell",
  "fd_fdstat_get",
  "fd_fdstat_set_flags",
  "fd_prestat_get",
  "fd_prestat_dir_name",
  "proc_exit",
  "sched_yield",
]);
/** Fuel of those, and of the others: looking at memory from JavaScript, and perhaps suspending. */
const LIGHT_FUEL = 600;
const BASE = 2_500;
/** Chance is made at a tenth of the speed that bytes are copied with; paths are looked up name by name. */
const RANDOM_FACTOR = 40;
const PATH_FACTOR = 50;
const POLL_FACTOR = 30;

type Argument = number | bigint;
const number = (value: Argument | undefined): number => Number(value ?? 0) >>> 0;

/** Bytes' worth of one vector, and the most that a function is weighed by: prices are reckoned in 32 bits. */
const VECTOR_WORK = 400;
const MOST = 0xffff_ffff;

/** Bytes that a vector asks to move; a vector that cannot be read is found out by the function itself. */
function vectored(memory: WasiMemory, pointer: number, count: number): number {
  try {
    // Together they may ask for more than 32 bits can say.
    return Math.min(
      MOST,
      memory.vectors(pointer, count).reduce((sum, { length }) => sum + length, VECTOR_WORK * count),
    );
  } catch (error) {
    if (error instanceof WasiError) return 0;
    throw error;
  }
}

/** Bytes' worth of a function, by its arguments. */
function weight(name: WasiName, args: readonly Argument[], memory: WasiMemory, world: number): number {
  const [, second, third, fourth, , sixth] = args;
  switch (name) {
    case "args_get":
    case "environ_get":
    case "args_sizes_get":
    case "environ_sizes_get":
      return world;
    case "fd_read":
    case "fd_write":
    case "fd_pread":
    case "fd_pwrite":
      return vectored(memory, number(second), number(third));
    case "random_get":
      return number(second) * RANDOM_FACTOR;
    case "fd_readdir":
      return number(third);
    case "path_create_directory":
    case "path_remove_directory":
    case "path_unlink_file":
    case "path_readlink":
      return number(third) * PATH_FACTOR;
    case "path_rename":
      return (number(third) + number(sixth)) * PATH_FACTOR;
    case "path_filestat_get":
    case "path_filestat_set_times":
    case "path_open":
      return number(fourth) * PATH_FACTOR;
    case "poll_oneoff":
      return Math.min(number(third), 1_024) * 48 * POLL_FACTOR;
    default:
      return 0;
  }
}

/** @param charge takes fuel at once: for what costs little, and for what is known only afterwards */
export function wasiFunctions(
  system: System,
  memory: () => WasiMemory,
  pay: Pay,
  charge: (base: number, bytes: number) => void,
): Record<string, unknown> {
  const world = system.worldBytes;
  const offered = (name: WasiName) => {
    const method = system[name].bind(system) as (...args: Argument[]) => void;
    const act = (args: Argument[]): number => {
      try {
        method(...args);
        return ERRNO.success;
      } catch (error) {
        if (error instanceof WasiError) return error.errno;
        throw error;
      } finally {
        charge(0, system.takeWork());
      }
    };
    if (LIGHT.has(name)) {
      return (...args: Argument[]): number => {
        charge(LIGHT_FUEL, 0);
        return act(args);
      };
    }
    return new WebAssembly.Suspending((...args: Argument[]) =>
      pay(BASE, weight(name, args, memory(), world), () => act(args)),
    );
  };
  return Object.fromEntries(WASI_NAMES.map((name) => [name, offered(name)]));
}
