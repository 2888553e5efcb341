// The forms of a kernel that are compared, as bytes.
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { meter } from "../../worker/fuel/index.ts";
import { assemble, compile, fixMemory } from "./compile.ts";
import type { Kernel } from "./kernels.ts";
import { meterNaively } from "./naive.ts";

export type FormName = "raw" | "naive" | "ours" | "beside" | "wasm-metering";

/** Whose modules ask for fuel slice by slice. */
export const SLICED: readonly FormName[] = ["ours", "beside"];
export type MemoryMode = "fixed" | "growable";

/** Bytes of each form; what cannot be made is not there. */
export type Forms = ReadonlyMap<FormName, Uint8Array<ArrayBuffer>>;

/** What is compared with, where it is at hand. */
export interface Others {
  readonly peer: Peer | undefined;
  /** The `meter` of another checkout. */
  readonly beside: typeof meter | undefined;
}

/** @param folder of a checkout of this repository */
export async function meterOf(folder: string): Promise<typeof meter> {
  const file = pathToFileURL(resolve(folder, "worker/fuel/index.ts"));
  return ((await import(file.href)) as { meter: typeof meter }).meter;
}

type Peer = typeof import("wasm-metering").default;

/** The npm package `wasm-metering`, where it is installed. */
export async function findPeer(): Promise<Peer | undefined> {
  try {
    return (await import("wasm-metering")).default;
  } catch {
    return undefined;
  }
}

/** It knows the first version of WebAssembly only, and fails on modules of later ones. */
function meterByPeer(peer: Peer, raw: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  try {
    const metered = new Uint8Array(peer.meterWASM(Buffer.from(raw), { meterType: "i32" }));
    return WebAssembly.validate(metered) ? metered : undefined;
  } catch {
    return undefined;
  }
}

export async function makeForms(
  kernel: Kernel,
  modes: readonly MemoryMode[],
  { peer, beside }: Others,
): Promise<ReadonlyMap<MemoryMode, Forms>> {
  const growable = await compile(kernel);
  const made = modes.map((mode): [MemoryMode, Forms] => {
    const text = mode === "fixed" ? fixMemory(growable) : growable;
    const raw = assemble(text, kernel.name);
    const options = { fixedMemory: mode === "fixed", exportStart: true };
    const forms = new Map<FormName, Uint8Array<ArrayBuffer>>([
      ["raw", raw],
      ["naive", assemble(meterNaively(text), kernel.name)],
      ["ours", meter(raw, options).module.slice()],
    ]);
    if (beside !== undefined) forms.set("beside", beside(raw, options).module.slice());
    const peers = peer === undefined ? undefined : meterByPeer(peer, raw);
    if (peers !== undefined) forms.set("wasm-metering", peers);
    return [mode, forms];
  });
  return new Map(made);
}

/** The module with a custom section at its end, so that an engine has not seen it before. */
export function withNonce(bytes: Uint8Array, nonce: number): Uint8Array<ArrayBuffer> {
  const content = [...Buffer.from(`\u0005nonce${nonce}`)];
  return new Uint8Array([...bytes, 0, content.length, ...content]);
}
