// Cases of an algorithm as data: one JSON file each in `cases/`, valid and invalid alike. Reads them; runs nothing.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import type { LocalInput } from "./local.ts";

const shape = z
  .strictObject({
    title: z.string().min(1),
    /** Exactly one of the five is the input; `inputBytes` are bytes spelled as text. */
    input: z.json().optional(),
    inputText: z.string().optional(),
    inputBytes: z.string().optional(),
    inputBase64: z.base64().optional(),
    /** A file beside the case; its ending says what it is: .json, .txt, .fasta..., else bytes. */
    inputFile: z.string().optional(),
    /** At most one of the five is what must come out. */
    output: z.json().optional(),
    outputText: z.string().optional(),
    outputBytes: z.string().optional(),
    outputBase64: z.base64().optional(),
    outputVoid: z.literal(true).optional(),
    /** The failure that must come out instead. */
    error: z.strictObject({ type: z.string(), message: z.string().optional() }).optional(),
    /** The state before and after the call: values as text. */
    state: z.record(z.string(), z.string()).optional(),
    stateAfter: z.record(z.string(), z.string()).optional(),
    /** Files of data that it may read, by path: their text, or the name of a file beside the case. */
    data: z.record(z.string(), z.string()).optional(),
    dataFiles: z.record(z.string(), z.string()).optional(),
    /** The call as a task of a job: what the host says of it. */
    job: z.record(z.string(), z.json()).optional(),
  })
  .refine((each) => given(each, "input", "inputText", "inputBytes", "inputBase64", "inputFile") === 1, "give one input")
  .refine(
    (each) => given(each, "output", "outputText", "outputBytes", "outputBase64", "outputVoid", "error") === 1,
    "give one output, or an error",
  );

function given(value: object, ...names: string[]): number {
  return names.filter((name) => name in value).length;
}

export interface Case {
  /** The file, relative to the algorithm's folder. */
  readonly file: string;
  readonly title: string;
  readonly input: LocalInput;
  readonly expected:
    | { readonly kind: "json"; readonly value: z.core.util.JSONType }
    | { readonly kind: "text" | "bytes" | "void"; readonly bytes: Uint8Array }
    | { readonly kind: "error"; readonly type: string; readonly message: string | undefined };
  readonly state: ReadonlyMap<string, Uint8Array>;
  readonly stateAfter: ReadonlyMap<string, Uint8Array> | undefined;
  readonly data: ReadonlyMap<string, Uint8Array>;
  readonly job: object | undefined;
}

export type Cases =
  | { readonly ok: true; readonly value: readonly Case[] }
  | {
      readonly ok: false;
      readonly error: { readonly reason: "bad-case"; readonly file: string; readonly message: string };
    };

/** Reads `cases/*.json` of an algorithm's folder, in order of name. */
export function loadCases(directory: string): Cases {
  const folder = join(directory, "cases");
  const names = existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => name.endsWith(".json"))
        .sort()
    : [];
  const cases: Case[] = [];
  for (const name of names) {
    const file = `cases/${name}`;
    try {
      const parsed = shape.safeParse(JSON.parse(readFileSync(join(folder, name), "utf8")));
      if (!parsed.success) return bad(file, z.prettifyError(parsed.error));
      cases.push(toCase(file, folder, parsed.data));
    } catch (error) {
      return bad(file, (error as Error).message);
    }
  }
  return { ok: true, value: cases };
}

const bad = (file: string, message: string): Cases => ({ ok: false, error: { reason: "bad-case", file, message } });
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const base64 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "base64"));

type Raw = z.infer<typeof shape>;

function toCase(file: string, folder: string, raw: Raw): Case {
  return {
    file,
    title: raw.title,
    input: inputOf(folder, raw),
    expected: expectedOf(raw),
    state: values(raw.state ?? {}),
    stateAfter: raw.stateAfter === undefined ? undefined : values(raw.stateAfter),
    data: new Map([...values(raw.data ?? {}), ...files(folder, raw.dataFiles ?? {})]),
    job: raw.job,
  };
}

function values(record: Record<string, string>): ReadonlyMap<string, Uint8Array> {
  return new Map(Object.entries(record).map(([key, value]) => [key, utf8(value)]));
}

function files(folder: string, record: Record<string, string>): ReadonlyMap<string, Uint8Array> {
  const read = (name: string): Uint8Array => new Uint8Array(readFileSync(join(folder, name)));
  return new Map(Object.entries(record).map(([path, name]) => [path, read(name)]));
}

const TEXT_FILES = /\.(?:txt|fa|fasta|fna|md|csv)$/;

function inputOf(folder: string, raw: Raw): LocalInput {
  if (raw.inputText !== undefined) return { kind: "text", bytes: utf8(raw.inputText) };
  if (raw.inputBytes !== undefined) return { kind: "bytes", bytes: utf8(raw.inputBytes) };
  if (raw.inputBase64 !== undefined) return { kind: "bytes", bytes: base64(raw.inputBase64) };
  if (raw.inputFile === undefined) return { kind: "json", bytes: utf8(JSON.stringify(raw.input)) };
  const bytes = new Uint8Array(readFileSync(join(folder, raw.inputFile)));
  const kind = raw.inputFile.endsWith(".json") ? "json" : TEXT_FILES.test(raw.inputFile) ? "text" : "bytes";
  return { kind, bytes };
}

function expectedOf(raw: Raw): Case["expected"] {
  if (raw.error !== undefined) return { kind: "error", type: raw.error.type, message: raw.error.message };
  if (raw.outputText !== undefined) return { kind: "text", bytes: utf8(raw.outputText) };
  if (raw.outputBytes !== undefined) return { kind: "bytes", bytes: utf8(raw.outputBytes) };
  if (raw.outputBase64 !== undefined) return { kind: "bytes", bytes: base64(raw.outputBase64) };
  if (raw.outputVoid === true) return { kind: "void", bytes: new Uint8Array(0) };
  return { kind: "json", value: raw.output ?? null };
}
