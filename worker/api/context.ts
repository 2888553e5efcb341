// What every handler finds in Hono's context.
import type { Context } from "hono";
import type { Env } from "../env.ts";
import type { Grant } from "../market/access/grant.ts";
import type { Holding } from "../sandbox/held.ts";

export interface AppEnv {
  Bindings: Env;
  Variables: {
    /** `req-` and a UUID: the call's id on `/v1/algo`, the request's elsewhere. */
    requestId: string;
    /** What the caller's key opens, on every route that asks for a key other than a call (guard.ts). */
    grant: Grant;
    /** What is held of the request's body, until it is answered (body.ts). */
    held?: Holding;
  };
}

export type AppContext = Context<AppEnv>;
