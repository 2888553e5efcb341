// The object of an asynchronous call.
import type { Env } from "../../env.ts";

/** @param call its id */
export const errandOf = (env: Env, call: string): ReturnType<Env["ERRAND"]["get"]> =>
  env.ERRAND.get(env.ERRAND.idFromName(call));
