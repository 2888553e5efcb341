// Building an algorithm of this repository and calling it, for its tests.
import { join } from "node:path";
import { type LocalInput, type LocalOptions, runLocal } from "../../algorithms/sdk/build/index.ts";
import { moduleOf } from "../../algorithms/sdk/build/wasm.ts";
import { meter } from "../../worker/fuel/index.ts";
import { ours } from "../support/ours.ts";

export const folderOf = (name: string): string => join(import.meta.dirname, "../../algorithms", name);

export interface Failed {
  readonly error: { readonly type: string; readonly message: string };
}

/** An algorithm that takes and gives JSON. */
export interface Built<Output> {
  readonly bytes: Uint8Array;
  /** Calls it; the answer must be UTF-8 and JSON. */
  raw(input: unknown, options?: LocalOptions): Output | Failed;
  /** Calls it and throws what it fails with. */
  call(input: unknown, options?: LocalOptions): Output;
  /** The type of the error that it must fail with. */
  failure(input: unknown, options?: LocalOptions): string;
  /** The fuel that a call burns, its host functions left out. */
  fuel(input: unknown): number;
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const json = (value: unknown): LocalInput => ({ kind: "json", bytes: new TextEncoder().encode(JSON.stringify(value)) });

export async function built<Output>(name: string): Promise<Built<Output>> {
  return callable((await ours(name)).module);
}

/** The same on other memory, in MiB: a call on little takes a fraction of the time. */
export const onMemory = <Output>({ bytes }: Built<Output>, memory: number): Built<Output> =>
  callable(withMemory(bytes, memory));

/** An unsigned LEB128 number. */
const leb = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...leb(value >>> 7)]);

/** A module with the limits of its memory changed. */
function withMemory(module: Uint8Array, mebibytes: number): Uint8Array {
  const MEMORY_SECTION = 5;
  let at = 8;
  for (;;) {
    const start = at;
    const id = module[at++];
    let size = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = module[at++] ?? 0;
      size |= (byte & 127) << shift;
      if (byte < 128) break;
    }
    if (id === MEMORY_SECTION) {
      const pages = leb(mebibytes * 16);
      const body = [1, 1, ...pages, ...pages];
      const section = Uint8Array.from([MEMORY_SECTION, ...leb(body.length), ...body]);
      return Buffer.concat([module.subarray(0, start), section, module.subarray(at + size)]);
    }
    if (id === undefined) throw new Error("the module has no memory");
    at += size;
  }
}

function callable<Output>(bytes: Uint8Array): Built<Output> {
  const module = moduleOf(bytes);
  const metered = meter(bytes);
  const meteredModule = moduleOf(metered.module);
  const raw = (input: unknown, options: LocalOptions = {}): Output | Failed => {
    const result = runLocal(module, json(input), options);
    return "error" in result ? result : (JSON.parse(utf8.decode(result.bytes)) as Output);
  };
  const isFailed = (result: Output | Failed): result is Failed =>
    typeof result === "object" && result !== null && "error" in result && !("url" in result);
  return {
    bytes,
    raw,
    call: (input, options) => {
      const result = raw(input, options);
      if (isFailed(result)) throw new Error(`${result.error.type}: ${result.error.message}`);
      return result;
    },
    failure: (input, options) => {
      const result = raw(input, options);
      return isFailed(result) ? result.error.type : JSON.stringify(result);
    },
    fuel: (input) => burned(meteredModule, metered.fuelExport, json(input).bytes),
  };
}

const GRANT = 2n ** 60n;

/** Runs a metered module that asks its host for nothing but the input. */
function burned(module: WebAssembly.Module, fuelExport: string, input: Uint8Array): number {
  let granted = 0n;
  const memory = (): ArrayBuffer => (instance.exports["memory"] as WebAssembly.Memory).buffer;
  const unused = (): never => {
    throw new Error("a host function was called that this measures nothing of");
  };
  const orcade: Record<string, WebAssembly.ImportValue> = {
    input_type: () => 1,
    input_size: () => input.length,
    input_read: (to: number, from: number, size: number) =>
      new Uint8Array(memory(), to, size).set(input.subarray(from, from + size)),
    output: () => undefined,
    fail: unused,
  };
  for (const { name } of WebAssembly.Module.imports(module)) orcade[name] ??= unused;
  const refuel = (balance: bigint): bigint => {
    granted += GRANT;
    return balance + GRANT;
  };
  const instance = new WebAssembly.Instance(module, { orcade, "orcade:fuel": { refuel } });
  (instance.exports["apply"] as () => void)();
  return Number(granted - (instance.exports[fuelExport] as WebAssembly.Global).value);
}
