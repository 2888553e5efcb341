import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

// Two projects: `workers` runs inside workerd with the real bindings; `node` runs in Node what is pure, and drives
// whole systems from outside (kills, hangs, restarts, the command line, the browser).
export default defineConfig({
  test: {
    globalSetup: ["./test/support/setup.ts"],
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
        },
      },
      {
        test: {
          name: "end-to-end",
          include: ["test/end-to-end/**/*.test.ts"],
          testTimeout: 240_000,
          hookTimeout: 240_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
