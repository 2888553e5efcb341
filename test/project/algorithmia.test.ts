// docs/algorithmia.md: every row of its tables says whose code or documentation it follows, by a public address, and names tests
// that are there; and every test of the contract stands in a row.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const page = readFileSync(join(ROOT, "docs/algorithmia.md"), "utf8");
const tests = readdirSync(join(ROOT, "test"), { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".test.ts") && !name.includes("node_modules"))
  .map((name) => readFileSync(join(ROOT, "test", name), "utf8"));

/** Names of tests, as they are written. */
const titles = tests.flatMap((text) =>
  [
    ...text.matchAll(
      /\b(?:test|it|describe)(?:\.\w+)*\(\s*(["'`])((?:(?!\1).|\\\1)*)\1|\](?: as const)?\)\(\s*(["'`])((?:(?!\3).|\\\3)*)\3/g,
    ),
  ].map(([, , plain, , each]) => plain ?? each ?? ""),
);

interface Row {
  readonly what: string;
  readonly sources: readonly string[];
  readonly tests: readonly string[];
}
const rows: Row[] = page
  .split("\n")
  .filter((line) => line.startsWith("| ") && !/^\| (?:---|what|route) /.test(line))
  .map((line) => {
    const cells = line.split(/(?<!\\)\|/).slice(1, -1);
    expect(cells, line).toHaveLength(4);
    const [what = "", , sources = "", held = ""] = cells;
    return {
      what: what.trim(),
      sources: [...sources.matchAll(/\[([^\]]+)\]/g)].map(([, name = ""]) => name),
      tests: [...held.matchAll(/“([^”]+)”/g)].map(([, name = ""]) => name.replaceAll("\\|", "|")),
    };
  });
const sources = new Map(
  [...page.matchAll(/^\[([^\]]+)\]: (\S+)$/gm)].map(([, name = "", address = ""]) => [name, address]),
);

test("there are rows for all parts of the contract", () => {
  expect(rows.length).toBeGreaterThanOrEqual(49);
});

test.each(rows)("$what follows what is public, and is held by tests", (row) => {
  expect(row.sources.length).toBeGreaterThan(0);
  for (const name of row.sources) {
    expect(sources.get(name), name).toMatch(
      /^https:\/\/(?:github\.com\/algorithmiaio|www\.npmjs\.com\/package\/algorithmia)\b/,
    );
  }
  expect(row.tests.length).toBeGreaterThan(0);
  for (const name of row.tests)
    expect(
      titles.some((title) => title.includes(name)),
      name,
    ).toBe(true);
});

test("no address is left over, and no test of the contract stands in no row", () => {
  expect([...sources.keys()].filter((name) => !rows.some((row) => row.sources.includes(name)))).toEqual([]);
  const cited = rows.flatMap((row) => row.tests);
  // What a group of tests is called cites no row.
  const groups = new Set(
    tests.flatMap((text) => [...text.matchAll(/describe\("(api §[^"]*)"/g)].map(([, name]) => name)),
  );
  const contract = titles.filter((title) => title.startsWith("api §") && !groups.has(title));
  expect(contract.length).toBeGreaterThan(60);
  expect(contract.filter((title) => !cited.some((name) => title.includes(name)))).toEqual([]);
});
