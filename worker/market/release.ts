// A Release: everything about one published version that never changes. What does change (latest, yanked) is not in it.
import type { Manifest } from "./manifest.ts";

export interface Release {
  /** Spelling as published: `owner/name`. */
  readonly algorithm: string;
  readonly version: string;
  /** 64 hex digits: SHA-256 over ABI, cost table, table of host prices and metered module. */
  readonly build: string;
  /** SHA-256 and length of the module as uploaded. */
  readonly module: { readonly sha256: string; readonly bytes: number };
  /** SHA-256 and length of the metered module, and what the sandbox needs to drive it. */
  readonly metered: Metered;
  readonly manifest: Manifest;
}

export interface Metered {
  readonly sha256: string;
  readonly bytes: number;
  readonly costTable: string;
  /** Name of the exported global that holds the balance, and of the start function, if the module has one. */
  readonly fuelExport: string;
  readonly startExport: string | null;
  /** Pages of memory at most (fixed at instantiation). */
  readonly pages: number;
  /** Fuel that instantiating costs: data and element segments, pages. */
  readonly instantiation: number;
}

/** The id of `owner/name` in every key and object name: case does not count. */
export const algorithmId = (owner: string, name: string): string => `${owner}/${name}`.toLowerCase();
