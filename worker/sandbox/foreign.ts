// How to drive a module that other tools built, from what its manifest says. Pure: a receipt's replay uses it, too.
import type { Manifest } from "../market/manifest.ts";
import type { Foreign } from "./protocol.ts";

/** What a manifest says of such a module; the kind of its output alone. */
export type ForeignFacts = Pick<Manifest, "abi" | "entry" | "args" | "environ" | "config"> & {
  readonly output: Manifest["output"]["kind"];
};

/** @param algorithm as published: a command's name for itself @returns null for a module of our own ABI */
export function foreignOf(algorithm: string, facts: ForeignFacts): Foreign | null {
  const { abi, entry = "_start", output, args = [], environ = {}, config = {} } = facts;
  if (abi === "orcade") return null;
  return {
    abi,
    entry,
    output,
    args: [algorithm, ...args],
    environ: Object.entries(environ).map(([name, value]) => `${name}=${value}`),
    config,
  };
}
