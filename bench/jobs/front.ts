// Runs in workerd: passes what it is sent into the Dynamic Worker with the bare loop; or keeps it, and hands it chunk by chunk.
import type { LoopTerms } from "./guest.ts";

interface Guest {
  load(bytes: Uint8Array, ends: readonly number[]): Promise<void>;
  map(terms: LoopTerms, from: number, last: boolean): Promise<number>;
  mapOne(terms: LoopTerms, chunk: Uint8Array, from: number, last: boolean): Promise<number>;
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

/** Chunks that follow one another. */
let kept: readonly Uint8Array[] = [];

/** Hands one chunk after the other to the sandbox, as whoever calls one does. @returns how many answers there are so far */
async function hand(guest: Guest, terms: LoopTerms, from: number, last: boolean): Promise<number> {
  let [at, answers] = [from, 0];
  for (const [index, chunk] of kept.entries()) {
    answers = await guest.mapOne(terms, chunk, at, last && index === kept.length - 1);
    at += chunk.length;
  }
  return answers;
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const guest = guestOf(env);
    if (pathname === "/load") {
      const bytes = new Uint8Array(await request.arrayBuffer());
      const ends = JSON.parse(searchParams.get("ends") ?? "[]") as number[];
      if (searchParams.get("keep") === "true") kept = ends.map((end, index) => bytes.slice(ends[index - 1] ?? 0, end));
      else await guest.load(bytes, ends);
      return new Response("ok");
    }
    const terms = await request.json<LoopTerms>();
    if (pathname === "/reduce") return new Response(await guest.reduce(terms));
    if (pathname === "/repeat") {
      const input = new TextEncoder().encode(searchParams.get("input") ?? "");
      return Response.json(await guest.repeat(terms, input, Number(searchParams.get("times"))));
    }
    const [from, last] = [Number(searchParams.get("from")), searchParams.get("last") === "true"];
    return Response.json(await (pathname === "/hand" ? hand(guest, terms, from, last) : guest.map(terms, from, last)));
  },
};
