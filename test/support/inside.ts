// The system as tests inside workerd reach it: the app's own fetch, real bindings. Storage is one per test file.
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env as bindings } from "cloudflare:workers";
import { createHandler } from "../../worker/api/app.ts";
import type { Env } from "../../worker/env.ts";
import type { Fetch } from "./client.ts";

export const env = bindings as unknown as Env;
const app = createHandler();

/** @param changed bindings to use in place of the real ones */
export const fetchWith =
  (changed: Partial<Env>): Fetch =>
  async (path, init) => {
    const ctx = createExecutionContext();
    const answer = await app.fetch(new Request(`http://orcade.test${path}`, init), { ...env, ...changed }, ctx);
    await waitOnExecutionContext(ctx);
    return answer;
  };

export const fetchInside = fetchWith({});
