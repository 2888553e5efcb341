// Runs in workerd: passes what it is sent into the Dynamic Worker with the bare loop.
import type { LoopTerms } from "./guest.ts";

interface Guest {
  load(bytes: Uint8Array, ends: readonly number[]): Promise<void>;
  map(terms: LoopTerms, from: number, last: boolean): Promise<number>;
  repeat(terms: LoopTerms, input: Uint8Array, times: number): Promise<number>;
  reduce(terms: LoopTerms): Promise<Uint8Array<ArrayBuffer>>;
}

interface Env {
  readonly LOADER: { get(id: string, code: () => object): { getEntrypoint(): Guest } };
  readonly GUEST: string;
  /** The metered module in base64. */
  readonly MODULE: string;
}

const guestOf = ({ LOADER, GUEST, MODULE }: Env): Guest =>
  LOADER.get("loop", () => ({
    compatibilityDate: "2026-10-01",
    compatibilityFlags: ["nodejs_compat"],
    mainModule: "guest.js",
    modules: { "guest.js": GUEST, "module.wasm": { wasm: Uint8Array.from(Buffer.from(MODULE, "base64")).buffer } },
    env: {},
    globalOutbound: null,
  })).getEntrypoint();

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const guest = guestOf(env);
    if (pathname === "/load") {
      await guest.load(
        new Uint8Array(await request.arrayBuffer()),
        JSON.parse(searchParams.get("ends") ?? "[]") as number[],
      );
      return new Response("ok");
    }
    const terms = await request.json<LoopTerms>();
    if (pathname === "/reduce") return new Response(await guest.reduce(terms));
    if (pathname === "/repeat") {
      const input = new TextEncoder().encode(searchParams.get("input") ?? "");
      return Response.json(await guest.repeat(terms, input, Number(searchParams.get("times"))));
    }
    const from = Number(searchParams.get("from"));
    return Response.json(await guest.map(terms, from, searchParams.get("last") === "true"));
  },
};
