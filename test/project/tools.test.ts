// What the project is made of: one workerd for development, tests and deployment, and settings that agree.
import { globSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { expect, test } from "vitest";
import { COMPATIBILITY_DATE } from "../../worker/sandbox/compatibility.ts";

const root = join(import.meta.dirname, "..", "..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const packageJson = JSON.parse(read("package.json")) as {
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
  optionalDependencies: Record<string, string>;
};
const lock = JSON.parse(read("package-lock.json")) as {
  packages: Record<string, { version?: string; resolved?: string }>;
};

test("the six packages of the stack are direct dependencies", () => {
  const direct = { ...packageJson.dependencies, ...packageJson.devDependencies };
  for (const name of ["hono", "@cloudflare/workers-types", "wrangler", "assemblyscript", "miniflare", "vitest"]) {
    expect(direct[name], name).toMatch(/^\d/);
  }
});

test("they resolve to one workerd", () => {
  const installed = Object.keys(lock.packages).filter((path) => /(^|\/)node_modules\/workerd$/.test(path));
  expect(installed).toEqual(["node_modules/workerd"]);
  const resolvers = ["wrangler", "miniflare", "@cloudflare/vitest-plugin"].map((name) => {
    const from = createRequire(join(root, "node_modules", name, "package.json"));
    return from.resolve("workerd/package.json");
  });
  expect(new Set(resolvers).size).toBe(1);
});

test("the lockfile serves Linux and macOS: every platform's workerd and Node is in it", () => {
  const packages = Object.keys(lock.packages);
  for (const platform of ["linux-64", "linux-arm64", "darwin-64", "darwin-arm64"]) {
    expect(packages).toContain(`node_modules/@cloudflare/workerd-${platform}`);
  }
  for (const name of Object.keys(packageJson.optionalDependencies)) expect(packages).toContain(`node_modules/${name}`);
});

test("sandboxes run on the worker's own compatibility date", () => {
  const toml = read("wrangler.toml");
  expect(toml).toContain(`compatibility_date = "${COMPATIBILITY_DATE}"`);
});

test("imports run one way: leaves import nothing of ours, lower rooms nothing from above", () => {
  const allowed: Record<string, readonly string[]> = {
    client: ["client"],
    "worker/fuel": ["worker/fuel"],
    "worker/orc": ["worker/orc"],
    "worker/egress": ["worker/egress", "worker/market"],
    "worker/data": ["worker/data", "worker/market", "worker/limits.ts"],
    "worker/market": ["worker/market", "worker/fuel", "worker/limits.ts"],
    "worker/sandbox": ["worker/sandbox", "worker/market", "worker/fuel", "worker/limits.ts", "worker/env.ts"],
    "kv-schema": ["kv-schema", "worker/market", "worker/limits.ts"],
    "worker/jobs": [
      "worker/jobs",
      "worker/market",
      "worker/data",
      "worker/sandbox/protocol.ts",
      "worker/limits.ts",
      "kv-schema",
    ],
    // What lives in these objects is a program of the server: its calls, its money.
    "worker/objects/run": [
      "worker/objects",
      "worker/runs",
      "worker/market",
      "worker/limits.ts",
      "worker/env.ts",
      "kv-schema",
    ],
    "worker/objects": [
      "worker/jobs",
      "worker/objects",
      "worker/sandbox",
      "worker/market",
      "worker/data",
      "worker/fuel",
      "worker/limits.ts",
      "worker/env.ts",
      "worker/tail.ts",
      "kv-schema",
    ],
  };
  for (const [folder, targets] of Object.entries(allowed)) {
    for (const file of globSync(`${folder}/**/*.ts`, { cwd: root })) {
      if (folder === "worker/objects" && file.startsWith("worker/objects/run/")) continue;
      const imports = [...read(file).matchAll(/(?:from|import) "(\.[^"]+\.ts)"/g)].map((match) =>
        join(file, "..", match[1] ?? ""),
      );
      for (const path of imports) {
        expect(
          targets.some((target) => path === target || path.startsWith(`${target}/`)),
          `${file} imports ${path}`,
        ).toBe(true);
      }
    }
  }
});
