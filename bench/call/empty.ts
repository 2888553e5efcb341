// The yardsticks: a Hono route that does nothing but answer; one that makes one bare RPC into a Dynamic Worker that does
// nothing; one whose Dynamic Worker also makes a fresh instance of the smallest module with a memory, which is the least
// that a sandboxed call can cost on this platform and machine; and one that after that writes one row in a Durable Object before
// it answers, which is the least that a call can cost whose payment nobody can lose.
import { DurableObject } from "cloudflare:workers";
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

interface Bindings {
  readonly LOADER: WorkerLoader;
  readonly ROWS: DurableObjectNamespace<Rows>;
}

/** Rows of a table of two columns. */
export class Rows extends DurableObject<Bindings> {
  constructor(ctx: DurableObjectState, env: Bindings) {
    super(ctx, env);
    ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS one (seq INTEGER PRIMARY KEY, id TEXT NOT NULL)");
  }

  /** The answer leaves once the row is stored. */
  add(id: string): void {
    this.ctx.storage.sql.exec("INSERT INTO one (id) VALUES (?)", id);
  }
}

const app = new Hono<{ Bindings: Bindings }>();
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
app.post("/paid", async (c) => {
  const input = new Uint8Array(await c.req.raw.arrayBuffer());
  const { fuel } = await sandboxed(c.env.LOADER).fresh(input);
  await c.env.ROWS.get(c.env.ROWS.idFromName("one")).add(crypto.randomUUID());
  return c.json({ status: "ok", fuel });
});
export default app;
