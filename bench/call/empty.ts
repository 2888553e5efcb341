// The yardsticks: a Hono route that does nothing but answer; one that makes one bare RPC into a Dynamic Worker that does
// nothing; and one whose Dynamic Worker also makes a fresh instance of the smallest module with a memory, which is the least
// that a sandboxed call can cost on this platform and machine.
import { Hono } from "hono";

const GUEST = `import { WorkerEntrypoint } from "cloudflare:workers";
import module from "./module.wasm";
export default class extends WorkerEntrypoint {
  run(input) { return { input, fuel: 1 }; }
  fresh(input) { new WebAssembly.Instance(module, {}).exports.apply(); return { input, fuel: 1 }; }
}`;
/** (module (memory (export "memory") 1) (func (export "apply"))) */
const MODULE = Buffer.from(
  "0061736d01000000010401600000030201000503010001071202066d656d6f72790200056170706c7900000a040102000b",
  "hex",
);

interface Sandboxed {
  run(input: Uint8Array): Promise<{ readonly fuel: number }>;
  fresh(input: Uint8Array): Promise<{ readonly fuel: number }>;
}

const app = new Hono<{ Bindings: { LOADER: WorkerLoader } }>();
app.post("/", (c) => c.json({ status: "ok" }));

const sandboxed = (loader: WorkerLoader): Sandboxed => {
  const worker = loader.get("bare", () => ({
    compatibilityDate: "2026-10-01",
    mainModule: "guest.js",
    modules: { "guest.js": GUEST, "module.wasm": { wasm: new Uint8Array(MODULE).buffer } },
    env: {},
    globalOutbound: null,
  }));
  return worker.getEntrypoint() as unknown as Sandboxed;
};
for (const method of ["run", "fresh"] as const) {
  app.post(`/${method}`, async (c) => {
    const input = new Uint8Array(await c.req.raw.arrayBuffer());
    const { fuel } = await sandboxed(c.env.LOADER)[method](input);
    return c.json({ status: "ok", fuel });
  });
}
export default app;
