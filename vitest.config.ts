import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

/** Files at once: two also on two processors, for most of them wait for others half of the time. */
const AT_ONCE = Math.min(4, Math.max(2, availableParallelism() - 1));

// Two projects: `workers` runs inside workerd with the real bindings; `node` runs in Node what is pure, and drives
// whole systems from outside (kills, hangs, restarts, the command line, the browser).
export default defineConfig({
  test: {
    globalSetup: ["./test/support/setup.ts"],
    maxWorkers: AT_ONCE,
    projects: [
      {
        plugins: [
          cloudflareTest({
            wrangler: { configPath: "./wrangler.toml" },
            miniflare: { bindings: { ORCADE_BOOTSTRAP: "a-one-time-token-of-the-tests", ORCADE_TAIL: "" } },
          }),
        ],
        test: { name: "workers", include: ["test/**/*.workers.test.ts"], testTimeout: 30_000, hookTimeout: 60_000 },
      },
      {
        test: {
          name: "node",
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
          include: ["test/end-to-end/**/*.test.ts"],
          testTimeout: 240_000,
          hookTimeout: 240_000,
          isolate: false,
        },
      },
    ],
  },
});
