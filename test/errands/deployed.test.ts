// A deployment never sends webhooks to its own machine: the allowance is set by development servers only.
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "..", "..");
/** Sets it; reading it is another thing. */
const ALLOWANCE = 'ORCADE_WEBHOOK_LOOPBACK: "on"';

test("no setting of a deployment allows webhooks to this machine", () => {
  const places = ["wrangler.toml", ...globSync(["scripts/**/*.ts", "cli/**/*.ts"], { cwd: root })];
  const textOf = (path: string): string => readFileSync(join(root, path), "utf8");
  expect(textOf("wrangler.toml")).not.toContain("WEBHOOK_LOOPBACK");
  const setting = places.filter((path) => textOf(path).includes(ALLOWANCE));
  expect(setting.toSorted((a, b) => a.localeCompare(b))).toEqual(["cli/server/serve.ts", "scripts/dev.ts"]);
});
