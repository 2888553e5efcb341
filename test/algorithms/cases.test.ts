// Every case of every algorithm: algorithms/OWNER/NAME/cases/*.json, each one call and what it must give.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { loadCases, runLocal, type Case, type LocalResult } from "../../algorithms/sdk/build/index.ts";
import { moduleOf } from "../../algorithms/sdk/build/wasm.ts";
import { ours } from "../support/ours.ts";

const root = join(import.meta.dirname, "../../algorithms");
const folders = (path: string): string[] =>
  readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
const algorithms = folders(root)
  .filter((owner) => owner !== "sdk")
  .flatMap((owner) => folders(join(root, owner)).map((name) => `${owner}/${name}`))
  .filter((name) => readdirSync(join(root, name)).includes("algorithm.json"))
  .sort();

const text = (bytes: Uint8Array): string => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
const texts = (state: ReadonlyMap<string, Uint8Array>): Record<string, string> =>
  Object.fromEntries([...state].map(([key, value]) => [key, text(value)]));

/** A result in a form that shows well in a difference. */
function shown(result: LocalResult): unknown {
  if ("error" in result) return { error: result.error };
  if (result.kind === "json") return { json: JSON.parse(text(result.bytes)) };
  if (result.kind === "text") return { text: text(result.bytes) };
  return result.kind === "void" ? "void" : { bytes: Buffer.from(result.bytes).toString("latin1") };
}

function expected({ expected: each }: Case): unknown {
  switch (each.kind) {
    case "error":
      return { error: { type: each.type, message: expect.stringContaining(each.message ?? "") } };
    case "json":
      return { json: each.value };
    case "text":
      return { text: text(each.bytes) };
    case "bytes":
      return { bytes: Buffer.from(each.bytes).toString("latin1") };
    case "void":
      return "void";
  }
}

it("finds the algorithms of this repository", () => {
  expect(algorithms).toEqual(expect.arrayContaining(["bytes/gunzip", "genome/kmers", "text/tags"]));
});

describe.each(algorithms)("%s", (name) => {
  const directory = join(root, name);
  const cases = loadCases(directory);
  let module: WebAssembly.Module;

  beforeAll(async () => {
    module = moduleOf((await ours(name)).module);
  });

  it("has valid and invalid cases", () => {
    if (!cases.ok) throw new Error(`${cases.error.file}: ${cases.error.message}`);
    const kinds = new Set(cases.value.map((each) => each.expected.kind === "error"));
    expect(kinds).toEqual(new Set([true, false]));
  });

  it.each(cases.ok ? [...cases.value] : [])("$file: $title", (each) => {
    const state = new Map(each.state);
    const task = each.job === undefined ? {} : { job: each.job };
    expect(shown(runLocal(module, each.input, { state, data: new Map(each.data), ...task }))).toEqual(expected(each));
    if (each.stateAfter !== undefined) expect(texts(state)).toEqual(texts(each.stateAfter));
  });
});
