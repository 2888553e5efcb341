// The way to an owner's shelf, for the collections themselves, which the shelf asks in turn.
import type { Env } from "../../env.ts";
import type { Shelf } from "./object.ts";

export const shelfOf = (env: Env, owner: string): DurableObjectStub<Shelf> =>
  env.SHELF.get(env.SHELF.idFromName(owner.toLowerCase()));
