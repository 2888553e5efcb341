// text/audit with the algorithms it calls, each run here; and with callees that fail in every way.
// On a server, with its tree and its bill: test/end-to-end/audit.test.ts.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { type LocalInput, type LocalResult, runLocal } from "../../algorithms/sdk/build/index.ts";
import { type Built, built, folderOf } from "./support.ts";

interface Report {
  readonly url: string;
  readonly title: string;
  readonly words: number;
  readonly tags: readonly { readonly tag: string }[];
  readonly summary: readonly string[];
  readonly failures: readonly { readonly algorithm: string; readonly type: string }[];
}
interface Audit {
  readonly pages: readonly Report[];
  readonly totals: object;
}

let audit: Built<Audit>;
const modules = new Map<string, Uint8Array>();
beforeAll(async () => {
  audit = await built<Audit>("text/audit");
  for (const name of ["text/from-html", "text/tags", "text/summary"]) {
    modules.set(`${name}/1`, (await built(name)).bytes);
  }
});

/** Runs the callee itself. */
function real(name: string, input: LocalInput): LocalResult {
  const module = modules.get(name);
  return module === undefined ? { error: { type: "UnknownAlgorithm", message: name } } : runLocal(module, input);
}

it("answers as its README shows", () => {
  const readme = readFileSync(join(folderOf("text/audit"), "README.md"), "utf8");
  const call = /-j '(\{[^]*?\n\})'/.exec(readme)?.[1] ?? "";
  const answer = /```json\n([^]*?)```/.exec(readme)?.[1] ?? "";
  expect(audit.call(JSON.parse(call), { callee: real })).toEqual(JSON.parse(answer));
});

const page = (n: number): object => ({
  url: `p${n}`,
  html: `<title>T${n}</title><p>Page ${n} speaks of topic${n}. And ends.`,
});
const pages = [1, 2, 3, 4].map(page);
const failuresOf = (report: Audit): unknown =>
  report.pages.map(({ failures }) => failures.map(({ algorithm, type }) => `${algorithm} ${type}`));

describe("callees that fail", () => {
  /** Fails, or answers what does not fit, in the n-th call of an algorithm. */
  const failing =
    (name: string, n: number, result: LocalResult) =>
    (callee: string, input: LocalInput): LocalResult => {
      if (callee === name && n-- === 1) return result;
      return real(callee, input);
    };
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
  const ways: readonly (readonly [string, LocalResult, string])[] = [
    ["an error of its own", { error: { type: "TooHot", message: "40 °C" } }, "TooHot"],
    ["an error that says nothing", { error: { type: "", message: "" } }, ""],
    ["no such algorithm", { error: { type: "UnknownAlgorithm", message: "?" } }, "UnknownAlgorithm"],
    ["text", { kind: "text", bytes: bytes("{}") }, "OutputError"],
    ["bytes", { kind: "bytes", bytes: bytes("{}") }, "OutputError"],
  ];

  it.each(ways)("are reported of their page: %s", (_, result, type) => {
    const first = audit.call({ pages }, { callee: failing("text/from-html/1", 2, result) });
    expect(failuresOf(first)).toEqual([[], [`text/from-html/1 ${type}`], [], []]);
    expect(first.pages.map(({ tags }) => tags.length > 0)).toEqual([true, false, true, true]);
    expect(first.totals).toMatchObject({ pages: 4, failed: 1, calls: 10 });

    const second = audit.call({ pages }, { callee: failing("text/tags/1", 3, result) });
    expect(failuresOf(second)).toEqual([[], [], [`text/tags/1 ${type}`], []]);
    expect(second.pages[2]?.summary.length).toBeGreaterThan(0);
    expect(second.totals).toMatchObject({ pages: 4, failed: 1, calls: 12 });

    const third = audit.call({ pages }, { callee: failing("text/summary/1", 4, result) });
    expect(failuresOf(third)).toEqual([[], [], [], [`text/summary/1 ${type}`]]);
    expect(third.pages[3]?.tags.length).toBeGreaterThan(0);
  });

  it("all of them", () => {
    const nobody = audit.call({ pages }, { callee: () => ({ error: { type: "Unavailable", message: "later" } }) });
    expect(nobody.totals).toEqual({ pages: 4, failed: 4, words: 0, sentences: 0, calls: 4 });
  });
});

it("compares each page with the others", () => {
  const report = audit.call({ pages, tags: 2 }, { callee: real });
  expect(report.pages.map(({ tags }) => tags.map(({ tag }) => tag))).toEqual(
    [1, 2, 3, 4].map((n) => [`topic${n}`, "page"]),
  );
});

it("takes 300 pages, and pages of 2 MiB", () => {
  const many = Array.from({ length: 300 }, (_, i) => page(i));
  const answers: Readonly<Record<string, string>> = {
    "text/from-html/1": '{"title":"","text":"x","links":[]}',
    "text/tags/1": '{"tags":[],"words":1}',
    "text/summary/1": '{"sentences":[],"total":1}',
  };
  const canned = (name: string): LocalResult => ({ kind: "json", bytes: new TextEncoder().encode(answers[name]) });
  expect(audit.call({ pages: many }, { callee: canned }).totals).toMatchObject({ pages: 300, failed: 0, calls: 900 });
  const sized = (size: number): object => ({ url: "", html: "<p  >".repeat(size / 5 - 1).padEnd(size, "x ") });
  const report = audit.call({ pages: [sized(2 << 20), sized((2 << 20) + 1), page(1)] }, { callee: real });
  expect(failuresOf(report)).toEqual([[], ["text/audit PageTooLarge"], []]);
});
