// Runs in workerd: keeps one Dynamic Worker for each module, as Orcade does, and passes jobs on to it.

interface Loader {
  get(id: string, code: () => object): { getEntrypoint(): Fetcher };
}

const modules = new Map<string, ArrayBuffer>();

async function answer(request: Request, env: { LOADER: Loader; GUEST: string }): Promise<Response> {
  const id = new URL(request.url).searchParams.get("id") ?? "";
  if (request.method === "PUT") {
    modules.set(id, await request.arrayBuffer());
    return Response.json({});
  }
  const wasm = modules.get(id);
  // Named workers stay until the process ends: DELETE lets go of the module's instance, not of the worker.
  const worker = env.LOADER.get(id, () => ({
    compatibilityDate: "2026-10-01",
    mainModule: "guest.js",
    modules: { "guest.js": env.GUEST, "module.wasm": { wasm } },
    env: {},
    globalOutbound: null,
  }));
  const reply = await worker.getEntrypoint().fetch(request);
  if (request.method === "DELETE") modules.delete(id);
  return reply;
}

export default {
  async fetch(request: Request, env: { LOADER: Loader; GUEST: string }): Promise<Response> {
    try {
      return await answer(request, env);
    } catch (error) {
      return Response.json({ error: String(error) });
    }
  },
};
