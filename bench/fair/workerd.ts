// Starts workerd with the echo route and the loops.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { Miniflare, convertV4MiniflareOptions } from "miniflare";
import { meter, type MeteredModule } from "../../worker/fuel/index.ts";
import { assemble } from "../fuel/compile.ts";
import type { Ended, LoopCall } from "./guest.ts";

export type Answer = Ended & { readonly afterCancel: number | null };

export interface Place {
  readonly url: URL;
  readonly loops: readonly string[];
  /** Calls a loop. @param isolate name of the isolate to run it in */
  call(loop: string, isolate: string, fuel: number): Promise<Answer>;
  cancel(): Promise<void>;
  stop(): Promise<void>;
}

const LOOPS = join(import.meta.dirname, "loops");
/** Milliseconds: beyond any run of this bench. */
const DEADLINE = 3_600_000;

async function bundle(name: string): Promise<string> {
  const bundled = await build({
    entryPoints: [join(import.meta.dirname, name)],
    bundle: true,
    format: "esm",
    external: ["*.wasm", "cloudflare:workers"],
    write: false,
  });
  return bundled.outputFiles[0]?.text ?? "";
}

function readLoops(): Map<string, MeteredModule> {
  const files = readdirSync(LOOPS).filter((file) => file.endsWith(".wat"));
  const meterFile = (file: string): MeteredModule =>
    meter(assemble(readFileSync(join(LOOPS, file), "utf8"), file), { fixedMemory: true });
  return new Map(files.map((file) => [file.slice(0, -4), meterFile(file)]));
}

export async function startPlace(): Promise<Place> {
  const loops = readLoops();
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      name: "fair",
      modules: [{ type: "ESModule", path: "front.js", contents: await bundle("front.ts") }],
      compatibilityDate: "2026-10-01",
      bindings: { GUEST: await bundle("guest.ts") },
      workerLoaders: { LOADER: {} },
      unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
      cf: false,
    }),
  );
  await miniflare.ready;
  const url = await miniflare.unsafeGetDirectURL("fair");
  const send = async (path: string, method: string, body: Uint8Array<ArrayBuffer> | string): Promise<Response> => {
    const answer = await fetch(new URL(path, url), { method, body });
    if (!answer.ok) throw new Error(await answer.text());
    return answer;
  };
  for (const [name, { module }] of loops) await send(`/?id=${name}`, "PUT", module.slice());
  return {
    url,
    loops: [...loops.keys()],
    call: async (loop, isolate, fuel) => {
      const { fuelExport, initialCost: instantiation } = loops.get(loop) ?? fail(loop);
      const call: LoopCall = { fuelExport, module: { instantiation }, fuel, deadline: Date.now() + DEADLINE };
      return (await send(`/?id=${loop}`, "POST", JSON.stringify({ call, isolate }))).json<Answer>();
    },
    cancel: async () => void (await send("/cancel", "POST", "")),
    stop: () => miniflare.dispose(),
  };
}

const fail = (loop: string): never => {
  throw new Error(`there is no loop ${loop}`);
};
