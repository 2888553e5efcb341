// What every handler finds in Hono's context.
import type { Context } from "hono";
import type { Env } from "../env.ts";

export interface AppEnv {
  Bindings: Env;
  Variables: {
    /** `req-` and a UUID: the call's id on `/v1/algo`, the request's elsewhere. */
    requestId: string;
  };
}

export type AppContext = Context<AppEnv>;
