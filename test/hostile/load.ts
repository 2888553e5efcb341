// The hostile modules: one for each way of misbehaving, with what must come of it (expectations.json). Most are WAT files;
// what WAT cannot say (truncated, too large, not wasm at all) is made from a recipe. Runs in Node: wabt needs it.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import wabtInit from "wabt";
import { LIMITS } from "../../worker/limits.ts";
import type { Manifest, Permission } from "../../worker/market/manifest.ts";
import type { AnswerKind } from "../../worker/sandbox/protocol.ts";

/** How bytes are made that no WAT file gives. `cut`, `pad`, `nest`, `answers` and `exports` make modules, the others anything. */
export type Recipe =
  | { readonly text: string }
  | { readonly hex: string }
  /** Without its last `less` bytes. */
  | { readonly cut: string; readonly less: number }
  /** With a custom section, `to` bytes in all. */
  | { readonly pad: string; readonly to: number }
  /** So many blocks within each other in `apply`. */
  | { readonly nest: number }
  /** So many answers of 15 MiB of its memory, one after the other without a loop, in `apply` or in a start function. */
  | { readonly answers: number; readonly within: "apply" | "start" }
  /** So many exports of `apply` under other names. */
  | { readonly exports: number };

export interface Expectation {
  /** Where it must show: the publish is refused, or the call fails or answers. */
  readonly at: "publish" | "call";
  /** At publish: the reason of the refusal, one of PUBLISH_CODES. */
  readonly code?: string;
  /** At a call: `error_type`, one of CALL_ERRORS or the author's own. */
  readonly error_type?: string;
  /** At a call: `message` of the error, or its length in bytes. */
  readonly message?: string;
  readonly message_bytes?: number;
  /** At a call: the result; or its JSON to the byte; or its length in characters. */
  readonly result?: string | null;
  readonly raw_result?: string;
  readonly result_length?: number;
  /** `metadata.content_type`. */
  readonly content_type?: string;
  /** Of the manifest: kind of the answer (default text), MiB (default 16) and permissions (default none). */
  readonly output?: AnswerKind;
  readonly memory?: number;
  readonly permissions?: readonly Permission[];
  /** X-Orcade-Max-Cost in microcredits, so that what runs for ever ends soon. */
  readonly max_cost?: number;
  /** How often it is called (default 1), each time with the same outcome. */
  readonly calls?: number;
  /** Takes minutes: for the torture run. */
  readonly slow?: boolean;
  readonly make?: Recipe;
  /** One sentence: what it does. A WAT file begins with the same. */
  readonly note: string;
}

export interface Hostile {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly expectation: Expectation;
}

/** The input each is called with, as text/plain. */
export const HOSTILE_INPUT = "input";

const FOLDER = import.meta.dirname;
/** Everything wabt can write, refused features too. */
const FEATURES = {
  exceptions: true,
  threads: true,
  tail_call: true,
  memory64: true,
  relaxed_simd: true,
  bulk_memory: true,
  reference_types: true,
  simd: true,
};
/** The magic number and version 1. */
const HEADER = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
const encoder = new TextEncoder();

export function hostileExpectations(): Readonly<Record<string, Expectation>> {
  return JSON.parse(readFileSync(join(FOLDER, "expectations.json"), "utf8")) as Record<string, Expectation>;
}

/** Compiles and makes them all, in the order of expectations.json. */
export async function loadHostile(): Promise<readonly Hostile[]> {
  const wabt = await wabtInit();
  const compile = (wat: string): Uint8Array => {
    const parsed = wabt.parseWat("hostile.wat", wat, FEATURES);
    const { buffer } = parsed.toBinary({});
    parsed.destroy();
    return buffer;
  };
  const assemble = (name: string): Uint8Array => compile(readFileSync(join(FOLDER, `${name}.wat`), "utf8"));
  return Object.entries(hostileExpectations()).map(([name, expectation]) => {
    const { make: recipe } = expectation;
    const bytes =
      recipe === undefined
        ? assemble(name)
        : "answers" in recipe
          ? compile(straightLine(recipe.answers, recipe.within))
          : make(recipe, assemble);
    return { name, bytes: Uint8Array.from(bytes), expectation };
  });
}

/** A complete manifest under which to publish it. */
export function manifestOf({ name, expectation }: Hostile): Manifest {
  return {
    name,
    version: "1.0.0",
    summary: expectation.note.slice(0, 200),
    tags: [],
    license: "apl",
    source: "closed",
    language: "assemblyscript",
    visibility: "private",
    memory: expectation.memory ?? LIMITS.memoryMiB,
    royalty: 0,
    permissions: [...(expectation.permissions ?? [])],
    abi: "orcade",
    input: { kind: "text" },
    output: { kind: expectation.output ?? "text" },
  };
}

/** A module whose `apply` or start function gives the same 15 MiB so many times. */
function straightLine(answers: number, within: "apply" | "start"): string {
  const one = `(call $output (i32.const 2) (i32.const 0) (i32.const ${LIMITS.answerBytes}))`;
  const idle = within === "apply" ? "" : '(func (export "apply"))';
  return `(module (import "orcade" "output" (func $output (param i32 i32 i32))) (memory (export "memory") 256) ${idle}
    (func $run ${one.repeat(answers)}) ${within === "apply" ? '(export "apply" (func $run))' : "(start $run)"})`;
}

function make(
  recipe: Exclude<Recipe, { readonly answers: number }>,
  assemble: (name: string) => Uint8Array,
): Uint8Array {
  if ("text" in recipe) return encoder.encode(recipe.text);
  if ("hex" in recipe) return Buffer.from(recipe.hex, "hex");
  if ("cut" in recipe) return assemble(recipe.cut).subarray(0, -recipe.less);
  if ("pad" in recipe) return padded(assemble(recipe.pad), recipe.to);
  if ("nest" in recipe) return plainModule([], nested(recipe.nest));
  const names = Array.from({ length: recipe.exports }, (_, index) => [...nameOf(`e${index}`), 0x00, 0x00]);
  return plainModule(names, []);
}

/** Adds a custom section named "pad" so long that the module has `to` bytes. */
function padded(module: Uint8Array, to: number): Uint8Array {
  const name = nameOf("pad");
  // The length is always written in five bytes, so that it does not change what it counts.
  const length = to - module.length - 6;
  const five = [0, 7, 14, 21, 28].map((shift, index) => ((length >>> shift) & 0x7f) | (index < 4 ? 0x80 : 0));
  const bytes = new Uint8Array(to);
  bytes.set(module);
  bytes.set([0x00, ...five, ...name], module.length);
  return bytes;
}

function nested(blocks: number): number[] {
  return Array.from({ length: blocks * 3 }, (_, at) => (at >= blocks * 2 ? 0x0b : at % 2 === 0 ? 0x02 : 0x40));
}

/** A module with one page of memory and an `apply` of the given code. */
function plainModule(exports: readonly number[][], code: readonly number[]): Uint8Array {
  const body = [0x00, ...code, 0x0b];
  const own = [
    [...nameOf("apply"), 0x00, 0x00],
    [...nameOf("memory"), 0x02, 0x00],
  ];
  return Uint8Array.from([
    ...HEADER,
    ...section(1, [[0x60, 0x00, 0x00]]),
    ...section(3, [[0x00]]),
    ...section(5, [[0x00, 0x01]]),
    ...section(7, [...own, ...exports]),
    ...section(10, [[...unsigned(body.length), ...body]]),
  ]);
}

function section(id: number, items: readonly number[][]): number[] {
  const content = [...unsigned(items.length), ...items.flat()];
  return [id, ...unsigned(content.length), ...content];
}

function nameOf(text: string): number[] {
  const bytes = Array.from(encoder.encode(text));
  return [...unsigned(bytes.length), ...bytes];
}

/** LEB128. */
function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}
