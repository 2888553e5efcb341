// What an algorithm keeps for an account needs no making: the collection comes to be when something is written to it.
import type { Place } from "../../data/path.ts";
import type { Env } from "../../env.ts";
import { shelfOf } from "../shelf/find.ts";
import { collectionOf } from "./object.ts";

/** Makes the collection unless it is there; it counts among its owner's. @returns whether the owner may have one more */
export async function keepFor(env: Env, { owner, collection, kind }: Place): Promise<boolean> {
  const stub = collectionOf(env, owner, collection);
  if ((await stub.openness()) !== null) return true;
  if (!(await shelfOf(env, owner).announce(collection)).ok) return false;
  await stub.create(owner, collection, kind, null);
  await shelfOf(env, owner).settle(owner, collection);
  return true;
}
