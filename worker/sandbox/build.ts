// From a module to a build: metered, with the hash that names it. Pure: publishing makes builds with it, and whoever checks a
// receipt makes them again, anywhere, and gets the same hash.
import { type FuelError, type MeteredModule, type MeterOptions, tryMeter, tryMeterInTurns } from "../fuel/index.ts";
import { LIMITS, PAGE_BYTES } from "../limits.ts";
import { sha256OfParts } from "../market/hash.ts";
import type { Manifest } from "../market/manifest.ts";
import type { Result } from "../market/result.ts";
import { HOST_PRICES } from "./guest/prices.ts";

/** @param memory MiB, as in the manifest */
const policy = (memory: number): MeterOptions => ({
  maximumPages: (memory * 1024 * 1024) / PAGE_BYTES,
  maximumTableEntries: LIMITS.tableEntries,
  fixedMemory: true,
  exportStart: true,
  maximumBytes: LIMITS.meteredBytes,
});

/** @param memory MiB, as in the manifest */
export const meterModule = (module: Uint8Array, memory: number): Result<MeteredModule, FuelError> =>
  tryMeter(module, policy(memory));

/** The same for a large module, in steps of a few milliseconds. @param turn lets others run between two of them */
export const meterModuleInTurns = (
  module: Uint8Array,
  memory: number,
  turn: () => Promise<void>,
): Promise<Result<MeteredModule, FuelError>> => tryMeterInTurns(module, policy(memory), turn);

/** What names a build: 64 hex digits over ABI, cost table, table of host prices and metered module. */
export const buildHash = (
  abi: Manifest["abi"],
  metered: Pick<MeteredModule, "costTable" | "module">,
): Promise<string> => sha256OfParts([abi, metered.costTable, HOST_PRICES, metered.module]);
