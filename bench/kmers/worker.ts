// Runs in workerd: counts the genomes it was given with one of the implementations, or calls the whole algorithm. Clocks
// stand still here, so whoever asks measures.
import kernel from "./kernel.wasm";
import kernelMetered from "./kernel-metered.wasm";
import whole from "./whole.wasm";
import wholeMetered from "./whole-metered.wasm";
import { count } from "./typed.ts";

/** Where the kernel's table and letters lie in its memory: above what it keeps itself. */
const TABLE = 1 << 20;
const LETTERS = 8 << 20;
const MUCH_FUEL = 1n << 60n;

interface Kernel {
  readonly memory: WebAssembly.Memory;
  count(table: number, letters: number, length: number, k: number): number;
}

/** What every metered module wants: see worker/fuel. */
const fuel = { "orcade:fuel": { refuel: () => MUCH_FUEL } };

function exportsOf(module: WebAssembly.Module, imports: Record<string, Record<string, (...n: number[]) => unknown>>) {
  const { exports } = new WebAssembly.Instance(module, { ...imports, ...fuel });
  const balance = exports["orcade:fuel"];
  if (balance instanceof WebAssembly.Global) balance.value = MUCH_FUEL;
  return exports;
}

const kernels = {
  plain: exportsOf(kernel, {}) as unknown as Kernel,
  metered: exportsOf(kernelMetered, {}) as unknown as Kernel,
};
let letters: Uint8Array = new Uint8Array(0);
let ends: readonly number[] = [];
const table = new Uint32Array(4 ** 10);

/** Takes the genomes: letters with a newline after each. */
function take(bytes: Uint8Array): void {
  letters = bytes;
  ends = Array.from(bytes.keys()).filter((at) => bytes[at] === 10);
  for (const { memory } of Object.values(kernels)) new Uint8Array(memory.buffer).set(bytes, LETTERS);
}

/** Counts each genome for itself, all into one table. @returns the windows counted */
function countAll(who: string, k: number): number {
  let [counted, from] = [0, 0];
  const kernel = who === "plain" || who === "metered" ? kernels[who] : undefined;
  for (const end of ends) {
    counted +=
      kernel === undefined ? count(table, letters, from, end, k) : kernel.count(TABLE, LETTERS + from, end - from, k);
    from = end + 1;
  }
  return counted;
}

/** The table that an implementation counts into. */
function tableOf(who: string, k: number): Uint32Array {
  if (who === "plain" || who === "metered") return new Uint32Array(kernels[who].memory.buffer, TABLE, 4 ** k);
  return table.subarray(0, 4 ** k);
}

/** A call of the whole algorithm in a fresh instance, as a sandbox makes it. @returns the bytes of the answer */
function call(module: WebAssembly.Module, input: Uint8Array): Uint8Array {
  let answer = new Uint8Array(0);
  const memory = () => (exports["memory"] as WebAssembly.Memory).buffer;
  const exports = exportsOf(module, {
    orcade: {
      input_type: () => 1,
      input_size: () => input.length,
      input_read: (pointer = 0, offset = 0, length = 0) =>
        new Uint8Array(memory()).set(input.subarray(offset, offset + length), pointer),
      output: (_kind = 0, pointer = 0, length = 0) => {
        answer = new Uint8Array(memory().slice(pointer, pointer + length));
      },
      // No file is read here, nobody hears of progress.
      progress: () => undefined,
      data_size: () => -1n,
      data_range: () => -1,
      answer_read: () => undefined,
      fail: (type = 0, typeLength = 0, message = 0, messageLength = 0) => {
        const text = (from: number, length: number) => new TextDecoder().decode(memory().slice(from, from + length));
        throw new TypeError(`${text(type, typeLength)}: ${text(message, messageLength)}`);
      },
    },
  });
  (exports["apply"] as () => void)();
  return answer;
}

let input: Uint8Array = new Uint8Array(0);

export default {
  async fetch(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const ask = (name: string): string => url.searchParams.get(name) ?? "";
    const [who, k, rounds] = [ask("who"), Number(ask("k")), Number(ask("rounds"))];
    if (url.pathname === "/genomes") take(new Uint8Array(await request.arrayBuffer()));
    if (url.pathname === "/input") input = new Uint8Array(await request.arrayBuffer());
    if (url.pathname === "/count") {
      let counted = 0;
      for (let round = 0; round < rounds; round++) counted += countAll(who, k);
      return Response.json(counted);
    }
    if (url.pathname === "/table") {
      tableOf(who, k).fill(0);
      countAll(who, k);
      return new Response(tableOf(who, k).slice());
    }
    if (url.pathname === "/call") return Response.json(call(who === "plain" ? whole : wholeMetered, input).length);
    return new Response("ok");
  },
};
