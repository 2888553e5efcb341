// The document is made from the validators that check: every shape a handler reads a body by is one that was noted.
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "..", "..");
const sources = globSync("worker/api/**/*.ts", { cwd: root }).map((path) => readFileSync(join(root, path), "utf8"));
const noted = new Set(sources.flatMap((text) => [...text.matchAll(/const (\w+) = bodyOf\(/g)].map(([, name]) => name)));

test("every shape that a body is read by was noted by bodyOf", () => {
  const read = sources.flatMap((text) =>
    [...text.matchAll(/await (?:jsonBody|wireBody)\(c(?:\.req\.raw)?, (?:z\.union\(\[)?(\w+)/g)].map(
      ([, name]) => name,
    ),
  );
  expect(read.length).toBeGreaterThan(20);
  expect(read.filter((name) => !noted.has(name))).toEqual([]);
});
