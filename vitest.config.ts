import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

/** Files at once: two also on two processors, for most of them wait for others half of the time. */
const AT_ONCE = Math.min(4, Math.max(2, availableParallelism() - 1));

/** Has every object note its id when it is made, for test/support/reset.ts. */
const noting = {
  name: "objects-made",
  transform(code: string, path: string): string | undefined {
    if (!path.endsWith("/worker/objects/noun.ts")) return undefined;
    const noted = code.replace(/super\(ctx, env\);?/, "$&; globalThis.objectsMade?.add(String(ctx.id));");
    if (noted === code) throw new Error("worker/objects/noun.ts has no constructor in which an object could be noted");
    return noted;
  },
};

/** A torture's seed, for what is random in all tests. */
const SEED = process.env["ORCADE_TORTURE"] === "1" ? Number(process.env["ORCADE_SEED"] ?? 1) : null;
const SEEDED = SEED === null ? {} : { provide: { seed: SEED } };
const SETUP = SEED === null ? [] : ["./test/support/seeded.ts"];

// Two projects: `workers` runs inside workerd with the real bindings; `node` runs in Node what is pure, and drives
// whole systems from outside (kills, hangs, restarts, the command line, the browser).
export default defineConfig({
  test: {
    globalSetup: ["./test/support/setup.ts"],
    maxWorkers: AT_ONCE,
    projects: [
      {
        plugins: [
          noting,
          cloudflareTest({
            wrangler: { configPath: "./wrangler.toml" },
            miniflare: { bindings: { ORCADE_BOOTSTRAP: "a-one-time-token-of-the-tests", ORCADE_TAIL: "" } },
          }),
        ],
        test: {
          name: "workers",
          include: ["test/**/*.workers.test.ts"],
          testTimeout: 30_000,
          hookTimeout: 60_000,
          isolate: false,
          setupFiles: ["./test/support/reset.ts", ...SETUP],
          ...SEEDED,
        },
      },
      {
        test: {
          name: "node",
          setupFiles: SETUP,
          ...SEEDED,
          include: ["test/**/*.test.ts"],
          exclude: ["test/**/*.workers.test.ts", "test/end-to-end/**"],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          // Modules are read once for all files: what they keep is bounded and says the same to all.
          isolate: false,
        },
      },
      {
        test: {
          name: "end-to-end",
          setupFiles: SETUP,
          ...SEEDED,
          include: ["test/end-to-end/**/*.test.ts"],
          testTimeout: 240_000,
          hookTimeout: 240_000,
          isolate: false,
        },
      },
    ],
  },
});
