// What a build is: its files, its size, its memory; the template; cases.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { buildAlgorithm, loadCases, runLocal, type Case } from "../../algorithms/sdk/build/index.ts";
import { moduleOf } from "../../algorithms/sdk/build/wasm.ts";
import { manifest } from "../../worker/market/manifest.ts";
import { built, call, jsonCaller, text } from "./support.ts";

/** KiB of a module that does next to nothing: what the library and the runtime weigh. */
const OVERHEAD = 20;

describe("a module", () => {
  it("that does little is small", async () => {
    const source = (pragma: string) => `${pragma}
class Input { name: string; times: i32 = 1; }
class Output { greetings: string[] = []; }
export function apply(input: Input): Output {
  const output = new Output();
  for (let i = 0; i < input.times; i++) output.greetings.push("Hello, " + input.name);
  return output;
}`;
    const text = "export function apply(input: string): string { return input; }";
    const sizes = {
      "JSON, collected": (await built(source(""), {}, true)).module.length,
      "JSON, runtime=stub": (await built(source("// orcade: runtime=stub"), {}, true)).module.length,
      "text, runtime=stub": (await built(`// orcade: runtime=stub\n${text}`, {}, true)).module.length,
    };
    console.log("bytes of a module:", sizes);
    expect(Math.max(...Object.values(sizes))).toBeLessThan(OVERHEAD * 1024);
    expect(sizes["text, runtime=stub"]).toBeLessThan(4 * 1024);
  });

  it("exports apply and memory, imports from orcade, and its memory neither grows nor shrinks", async () => {
    const build = await built(
      "export const x = 3; export function apply(input: string): i32 { return memory.size(); }",
      {
        memory: 5,
      },
    );
    const compiled = moduleOf(build.module);
    expect(
      WebAssembly.Module.exports(compiled)
        .map((each) => each.name)
        .sort(),
    ).toEqual(["apply", "memory"]);
    expect(new Set(WebAssembly.Module.imports(compiled).map((each) => each.module))).toEqual(new Set(["orcade"]));
    expect(call(build, text(""))).toBe("80");
    const grow = await built("export function apply(input: string): i32 { return memory.grow(1); }", { memory: 5 });
    expect(call(grow, text(""))).toBe("-1");
  });

  it("is the same each time", async () => {
    const source = "export function apply(input: f64): f64 { return input * 2; }";
    const [first, second] = [await built(source, {}, true), await built(source, {}, true)];
    expect(first.module).toEqual(second.module);
  });

  it("leaves bounds checks out when asked to", async () => {
    const source = "export function apply(input: u8[]): u8 { return input[3]; }";
    const checked = call(await built(source), { kind: "json", bytes: new TextEncoder().encode("[1]") });
    expect(checked).toMatch(/^AlgorithmError: Index out of range/);
    const unchecked = await built(`// orcade: unchecked, runtime=stub\n${source}`);
    expect(call(unchecked, { kind: "json", bytes: new TextEncoder().encode("[1]") })).toMatch(/^\d+$/);
  });
});

describe("the documentation", () => {
  const readme = readFileSync(join(import.meta.dirname, "../../algorithms/sdk/README.md"), "utf8");
  const block = (language: string) => new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``).exec(readme)?.[1] ?? "";

  it("shows an algorithm that builds, and a case that it passes", async () => {
    const { input, output } = JSON.parse(block("json")) as { input: unknown; output: unknown };
    const call = jsonCaller(await built(block("ts")));
    expect(JSON.parse(call(JSON.stringify(input)))).toEqual(output);
    expect(call('{"name":""}')).toBe("NoName: the name is empty");
  });
});

/** What a case gives, in the form of what it expects. */
function outcome(module: Uint8Array, each: Case): unknown {
  const state = new Map(each.state);
  const result = runLocal(module, each.input, { state });
  if ("error" in result) return { kind: "error", type: result.error.type, message: result.error.message };
  if (result.kind === "json") return { kind: "json", value: JSON.parse(new TextDecoder().decode(result.bytes)) };
  return result;
}

describe("the template", () => {
  it("builds once it has a name, and its cases hold", async () => {
    const folder = mkdtempSync(join(tmpdir(), "orcade-template-"));
    try {
      cpSync(join(import.meta.dirname, "../../cli/template"), folder, { recursive: true });
      const path = join(folder, "algorithm.json");
      writeFileSync(path, readFileSync(path, "utf8").replaceAll("__NAME__", "demo"));
      const result = await buildAlgorithm({ directory: folder, optimize: false });
      if (!result.ok) throw new Error(result.error.message);
      const written = manifest.parse(JSON.parse(readFileSync(join(folder, "build", "manifest.json"), "utf8")));
      expect(written.name).toBe("demo");
      expect(new Uint8Array(readFileSync(join(folder, "build", "module.wasm")))).toEqual(result.value.module);
      expect(readFileSync(join(folder, "build", "README.md"), "utf8")).toBe(
        readFileSync(join(folder, "README.md"), "utf8"),
      );
      const cases = loadCases(folder);
      if (!cases.ok) throw new Error(cases.error.message);
      expect(cases.value.length).toBeGreaterThan(3);
      for (const each of cases.value) {
        const { message, ...rest } = each.expected as { message?: string };
        expect(outcome(result.value.module, each), each.title).toMatchObject(rest);
        if (message !== undefined)
          expect(outcome(result.value.module, each)).toHaveProperty("message", expect.stringContaining(message));
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("cases", () => {
  const load = (content: unknown) => {
    const folder = mkdtempSync(join(tmpdir(), "orcade-cases-"));
    try {
      cpSync(join(import.meta.dirname, "../../cli/template/cases"), join(folder, "cases"), { recursive: true });
      writeFileSync(
        join(folder, "cases", "more.json"),
        typeof content === "string" ? content : JSON.stringify(content),
      );
      writeFileSync(join(folder, "cases", "input.bin"), new Uint8Array([1, 2]));
      const cases = loadCases(folder);
      return cases.ok ? cases.value.find((each) => each.file === "cases/more.json") : cases.error;
    } finally {
      rmSync(folder, { recursive: true });
    }
  };

  it.each([
    [
      { title: "t", input: null, output: null },
      { kind: "json", bytes: Buffer.from("null") },
      { kind: "json", value: null },
    ],
    [{ title: "t", inputText: "é", outputText: "x" }, { kind: "text", bytes: Buffer.from("é") }, { kind: "text" }],
    [{ title: "t", inputBase64: "AQI=", outputVoid: true }, { kind: "bytes", bytes: [1, 2] }, { kind: "void" }],
    [{ title: "t", inputFile: "input.bin", outputBase64: "AQI=" }, { kind: "bytes", bytes: [1, 2] }, { kind: "bytes" }],
    [
      { title: "t", input: 1, error: { type: "E" } },
      { kind: "json", bytes: Buffer.from("1") },
      { kind: "error", type: "E" },
    ],
  ])("%j", (content, input, expected) => {
    const loaded = load(content) as Case;
    expect({ kind: loaded.input.kind, bytes: [...loaded.input.bytes] }).toEqual({
      kind: input.kind,
      bytes: [...input.bytes],
    });
    expect(loaded.expected).toMatchObject(expected);
  });

  it.each([
    ["not JSON", "{"],
    ["no title", { input: 1, output: 1 }],
    ["two inputs", { title: "t", input: 1, inputText: "x", output: 1 }],
    ["no input", { title: "t", output: 1 }],
    ["no output", { title: "t", input: 1 }],
    ["output and error", { title: "t", input: 1, output: 1, error: { type: "E" } }],
    ["something unknown", { title: "t", input: 1, output: 1, comment: "x" }],
    ["a file that is not there", { title: "t", inputFile: "nowhere.txt", output: 1 }],
  ])("%s is refused with the file", (_, content) => {
    expect(load(content)).toMatchObject({ reason: "bad-case", file: "cases/more.json" });
  });
});
