// A deployment never sends webhooks to its own machine: the allowance is set by development servers only.
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "..", "..");
const ALLOWANCE = "ORCADE_WEBHOOK_LOOPBACK";

test("no setting of a deployment allows webhooks to this machine", () => {
  const places = ["wrangler.toml", ...globSync(["scripts/**/*.ts", "cli/**/*.ts"], { cwd: root })];
  const setting = places.filter((path) => readFileSync(join(root, path), "utf8").includes(ALLOWANCE));
  expect(setting.toSorted((a, b) => a.localeCompare(b))).toEqual(["cli/server/serve.ts", "scripts/dev.ts"]);
});
