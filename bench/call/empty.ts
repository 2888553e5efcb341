// The yardsticks: a Hono route that does nothing but answer, and one that makes one bare RPC into a Dynamic Worker that does
// nothing, which is the least a sandboxed call can cost on this platform and machine.
import { Hono } from "hono";

const GUEST = `import { WorkerEntrypoint } from "cloudflare:workers";
export default class extends WorkerEntrypoint { run(input) { return { input, fuel: 1 }; } }`;

interface Sandboxed {
  run(input: Uint8Array): Promise<{ readonly fuel: number }>;
}

const app = new Hono<{ Bindings: { LOADER: WorkerLoader } }>();
app.post("/", (c) => c.json({ status: "ok" }));
app.post("/rpc", async (c) => {
  const input = new Uint8Array(await c.req.raw.arrayBuffer());
  const worker = c.env.LOADER.get("bare", () => ({
    compatibilityDate: "2026-10-01",
    mainModule: "guest.js",
    modules: { "guest.js": GUEST },
    env: {},
    globalOutbound: null,
  }));
  const { fuel } = await (worker.getEntrypoint() as unknown as Sandboxed).run(input);
  return c.json({ status: "ok", fuel });
});
export default app;
