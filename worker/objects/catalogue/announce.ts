// What an algorithm tells the catalogues of itself: its owner's, which lists everything, and the public one.
import type { Env } from "../../env.ts";
import type { VersionView } from "../algorithm/object.ts";
import { cardById } from "../card/object.ts";
import type { Catalogue } from "./object.ts";

/** Characters of a README that are searched. */
export const INDEXED_README = 16_384;

/** A version as it is listed. */
export interface Listing extends VersionView {
  /** Its beginning. */
  readonly readme: string;
}

export interface Announcement {
  /** UUID of the algorithm. */
  readonly id: string;
  /** Canonical `owner/name`. */
  readonly name: string;
  /** Grows with every change: an older announcement that comes later changes nothing. */
  readonly revision: number;
  /** The newest version, and the newest that everybody may find; null: there is none. */
  readonly own: Listing | null;
  readonly shown: Listing | null;
}

export const publicCatalogue = (env: Env): DurableObjectStub<Catalogue> =>
  env.CATALOGUE.get(env.CATALOGUE.idFromName("public"));

/** @param owner any spelling */
export const catalogueOf = (env: Env, owner: string): DurableObjectStub<Catalogue> =>
  env.CATALOGUE.get(env.CATALOGUE.idFromName(`owner:${owner.toLowerCase()}`));

/** Tells both, and makes the UUID a way to the name; @throws when one of them cannot be told */
export async function announce(env: Env, announcement: Announcement): Promise<void> {
  const [owner = ""] = announcement.name.split("/");
  const { own, shown } = announcement;
  await catalogueOf(env, owner).put({ ...announcement, listing: own });
  await publicCatalogue(env).put({ ...announcement, listing: shown });
  await cardById(env, announcement.id).put("algorithm", announcement.name, "{}");
}
