// Drives packages whose work is done by WebAssembly through their own scripts, with their modules as they are or metered.
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { meter, REFUEL } from "../../../worker/fuel/index.ts";

const ROOT = join(import.meta.dirname, "../../..");
const require = createRequire(join(ROOT, "test.js"));

/** A WebAssembly that meters what it compiles, and counts fuel. */
class Metering {
  readonly #original = WebAssembly;
  readonly #balances = new Map<WebAssembly.Module, string>();
  readonly #instances: { readonly balance: WebAssembly.Global; granted: bigint }[] = [];
  readonly #slice: bigint;

  constructor(slice: bigint) {
    this.#slice = slice;
  }

  get fuel(): bigint {
    return this.#instances.reduce((sum, { balance, granted }) => sum + granted - (balance.value as bigint), 0n);
  }

  compile(source: BufferSource): WebAssembly.Module {
    const { module, fuelExport } = meter(bytesOf(source));
    const Module = this.#original.Module as unknown as new (bytes: Uint8Array) => WebAssembly.Module;
    const compiled = new Module(module);
    this.#balances.set(compiled, fuelExport);
    return compiled;
  }

  instantiate(module: WebAssembly.Module, imports: WebAssembly.Imports = {}): WebAssembly.Instance {
    const account = { granted: 0n };
    const refuel = (balance: bigint): bigint => {
      const grant = this.#slice * (-balance / this.#slice + 1n);
      account.granted += grant;
      return balance + grant;
    };
    const instance = new this.#original.Instance(module, { ...imports, [REFUEL.module]: { [REFUEL.name]: refuel } });
    const balance = instance.exports[this.#balances.get(module) ?? ""] as WebAssembly.Global;
    this.#instances.push(Object.assign(account, { balance }));
    return instance;
  }

  /** Runs `work` with this in place of WebAssembly. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    const { compile, instantiate } = { compile: this.compile.bind(this), instantiate: this.instantiate.bind(this) };
    const isModule = (source: unknown): source is WebAssembly.Module => source instanceof this.#original.Module;
    const replaced = Object.assign(Object.create(this.#original), {
      Module: function (source: BufferSource) {
        return compile(source);
      },
      Instance: function (module: WebAssembly.Module, imports: WebAssembly.Imports) {
        return instantiate(module, imports);
      },
      compile: (source: BufferSource) => Promise.resolve(compile(source)),
      instantiate: (source: WebAssembly.Module | BufferSource, imports: WebAssembly.Imports) => {
        if (isModule(source)) return Promise.resolve(instantiate(source, imports));
        const module = compile(source);
        return Promise.resolve({ module, instance: instantiate(module, imports) });
      },
    });
    Object.assign(globalThis, { WebAssembly: replaced });
    try {
      return await work();
    } finally {
      Object.assign(globalThis, { WebAssembly: this.#original });
    }
  }
}

function bytesOf(source: BufferSource): Uint8Array {
  return ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : new Uint8Array(source);
}

/** A script loaded anew, so that it compiles its module again. */
function freshScript(path: string): unknown {
  const file = require.resolve(path);
  for (const loaded of Object.keys(require.cache)) {
    if (loaded.includes(join("node_modules", path.split("/")[0] ?? ""))) Reflect.deleteProperty(require.cache, loaded);
  }
  return require(file);
}

let loads = 0;
const freshModule = (path: string): Promise<unknown> =>
  import(`${pathToFileURL(join(ROOT, "node_modules", path)).href}?load=${loads++}`);

const SOURCE =
  `import a, { b as c } from "./d.js"; export * from 'e'; const f = await import(\`g\`); export const h = 1;
/* import no from "no" */ import i from "i" with { type: "json" }; export default function j() {} import.meta.url; `.repeat(
    40,
  );
const COMMON = `'use strict'; exports.a = 1; module.exports = { b, c, 'd': e }; require("f"); __esModule = true;
Object.defineProperty(exports, 'g', { enumerable: true, get() { return h.i; } }); // exports.no = 1
`.repeat(40);

interface Lexer {
  readonly init: Promise<void> | (() => Promise<void>);
  parse(source: string): unknown;
}

async function lex(lexer: Lexer, source: string): Promise<string> {
  await (typeof lexer.init === "function" ? lexer.init() : lexer.init);
  return JSON.stringify(lexer.parse(source));
}

/** What each answers; deterministic. */
export const DRIVES: Readonly<Record<string, () => Promise<string>>> = {
  "es-module-lexer": async () => lex((await freshModule("es-module-lexer/dist/lexer.js")) as Lexer, SOURCE),
  "cjs-module-lexer": async () => lex((await freshModule("cjs-module-lexer/dist/lexer.mjs")) as Lexer, COMMON),
  "blake3-wasm": () => {
    const blake = freshScript("blake3-wasm/dist/wasm/nodejs/blake3_js.js") as {
      hash(data: Uint8Array, out: Uint8Array): void;
    };
    const digests = [0, 1, 63, 64, 65, 1_024, 100_000].map((length) => {
      const out = new Uint8Array(32);
      blake.hash(
        new Uint8Array(length).map((_, at) => at * 7),
        out,
      );
      return Buffer.from(out).toString("hex");
    });
    return Promise.resolve(digests.join("\n"));
  },
};

/** @returns what the package answers with its module metered, and the fuel it took */
export async function driveMetered(name: string, slice: bigint): Promise<{ answer: string; fuel: bigint }> {
  const metering = new Metering(slice);
  const answer = await metering.during(async () => (await DRIVES[name]?.()) ?? "");
  return { answer, fuel: metering.fuel };
}
