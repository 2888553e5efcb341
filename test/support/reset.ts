// Before each file that runs inside workerd: deletes all storage and has every module read anew, so that files share a
// runtime (to start one, and to send it every module, takes longer than most files) and yet see nothing of each other.
import { reset, runInDurableObject } from "cloudflare:test";
import { env as bindings } from "cloudflare:workers";
import { vi } from "vitest";
import type { Env } from "../../worker/env.ts";

/** An object that nobody has called for ten seconds is put to sleep, and `reset` deletes only what is awake. */
const AWAKE_MS = 8_000;

/** What outlives a file: ids of the objects made since `resetAt` (vitest.config.ts has each of them noted). */
const kept = globalThis as { objectsMade?: Set<string>; resetAt?: number };
const env = bindings as unknown as Env;

const namespaces = Object.values(env).filter(
  (binding): binding is DurableObjectNamespace => binding?.constructor?.name === "DurableObjectNamespace",
);

/** The object of an id, whichever class it is of: a namespace refuses the ids of others. */
function objectOf(id: string): DurableObjectStub {
  for (const namespace of namespaces) {
    try {
      return namespace.get(namespace.idFromString(id));
    } catch {
      // Of another class.
    }
  }
  throw new Error(`object ${id} is of no namespace`);
}

const { objectsMade = new Set<string>(), resetAt = performance.now() } = kept;
if (performance.now() - resetAt > AWAKE_MS)
  await Promise.all(Array.from(objectsMade, (id) => runInDurableObject(objectOf(id), () => undefined)));
kept.objectsMade = new Set();
// KV, too, is an object.
await env.KV.get("any");
await reset();
vi.resetModules();
kept.resetAt = performance.now();
