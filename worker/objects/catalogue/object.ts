// Catalogue: what can be found. The object "public" lists what everybody may find; nothing private is ever in it, so a
// search of a stranger's cannot tell whether there is any. The object `owner:NAME` lists all that is one owner's, and gives
// out the names of their algorithms: no two that a person could take for one another.
import {
  CATALOGUE_MIGRATIONS,
  type ListingFilter,
  type ListingRow,
  catalogueStatements,
} from "../../../kv-schema/tables/catalogue.ts";
import type { Env } from "../../env.ts";
import { LIMITS } from "../../limits.ts";
import { skeleton } from "../../market/access/names.ts";
import { type CatalogueEntry, entryOf } from "../../market/catalogue.ts";
import type { Release } from "../../market/release.ts";
import { type Result, err, ok } from "../../market/result.ts";
import { Noun } from "../noun.ts";
import type { Announcement, Listing } from "./announce.ts";

export interface CataloguePage {
  readonly entries: readonly CatalogueEntry[];
  /** Where the next page begins; null: this is the last. */
  readonly marker: string | null;
}

/** What is announced to one catalogue. */
export type Announced = Pick<Announcement, "id" | "name" | "revision"> & { readonly listing: Listing | null };

/** A marker of a search says how many results came before it. */
const SKIP = /^\d{1,4}$/;

export class Catalogue extends Noun {
  readonly #sql = catalogueStatements(this.db);

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, CATALOGUE_MIGRATIONS);
  }

  /** Lists, changes or takes out an algorithm. What is older than what is known changes nothing. */
  put(announced: Announced): void {
    const { name, revision, listing } = announced;
    const known = this.established ? this.#sql.listing(name.toLowerCase()) : undefined;
    if (known === undefined && listing === null) return;
    if (known !== undefined && known.revision >= revision) return;
    this.establish();
    this.transaction(() => this.#put(announced));
  }

  #put({ id, name, revision, listing }: Announced): void {
    const [owner = "", short = ""] = name.split("/");
    const entry = listing === null ? null : entryOf(id, name, JSON.parse(listing.release) as Release, listing);
    const number = this.#sql.put({
      revision,
      id: name.toLowerCase(),
      owner: owner.toLowerCase(),
      skeleton: skeleton(short),
      price: entry?.price ?? 0,
      language: entry?.language ?? "",
      entry: entry === null ? null : JSON.stringify(entry),
    });
    this.#sql.unindex(number);
    if (entry === null) return;
    for (const tag of entry.tags) this.#sql.tag(tag.toLowerCase(), number);
    // A name is found by its parts too: `k-mers`, `word_count`.
    this.#sql.index(number, name.replaceAll(/[/_-]/g, " "), entry.tags.join(" "), entry.summary, listing?.readme ?? "");
  }

  /**
   * A page of what fits: by relevance when there is something to match, else by name.
   * @param marker of the page before, or null @returns bad-marker when it is none
   */
  list(filter: ListingFilter, marker: string | null, limit: number): Result<CataloguePage, "bad-marker"> {
    if (filter.match !== null && marker !== null && !SKIP.test(marker)) return err("bad-marker");
    if (!this.established) return ok({ entries: [], marker: null });
    return ok(filter.match === null ? this.#byName(filter, marker ?? "", limit) : this.#byRank(filter, marker, limit));
  }

  #byName(filter: ListingFilter, after: string, limit: number): CataloguePage {
    const rows = this.#sql.list(filter, after.toLowerCase(), limit + 1);
    const last = rows.length > limit ? rows[limit - 1] : undefined;
    return { entries: entriesOf(rows.slice(0, limit)), marker: last?.id ?? null };
  }

  #byRank(filter: ListingFilter, marker: string | null, limit: number): CataloguePage {
    const skip = Number(marker ?? 0);
    const rows = this.#sql.search(filter, skip, limit + 1);
    const next = skip + limit;
    return { entries: entriesOf(rows.slice(0, limit)), marker: rows.length > limit ? String(next) : null };
  }

  /** Other algorithms whose names look like this one: `alice/tags` and `alise/tags` are not, `x/tags` and `y/tag5`... */
  alike(id: string): readonly string[] {
    if (!this.established) return [];
    const [, short = ""] = id.split("/");
    return this.#sql
      .alike(skeleton(short), id.toLowerCase())
      .map(({ entry }) => (JSON.parse(entry) as CatalogueEntry).name);
  }

  /**
   * Gives out a name, if nothing that looks like it was given out. A name under which nothing was published in time is free
   * again. @param short the algorithm's name, without its owner @returns the name that it looks like
   */
  async giveName(owner: string, short: string): Promise<Result<null, string>> {
    this.establish();
    const name = short.toLowerCase();
    const form = skeleton(short);
    const taken = this.#sql.nameLike(form);
    if (taken?.name === name) return ok(null);
    if (taken !== undefined) {
      const idle = taken.since + LIMITS.orphanMs < Date.now() && !(await this.#isPublished(owner, taken.name));
      if (!idle) return err(taken.spelling);
      this.#sql.freeName(taken.name);
    }
    // Another request may have come in while the algorithm was asked.
    const rival = this.#sql.nameLike(form);
    if (rival !== undefined && rival.name !== name) return err(rival.spelling);
    if (rival === undefined) this.#sql.giveName({ name, skeleton: form, spelling: short, since: Date.now() });
    return ok(null);
  }

  async #isPublished(owner: string, name: string): Promise<boolean> {
    const id = `${owner}/${name}`.toLowerCase();
    return (await this.env.ALGORITHM.get(this.env.ALGORITHM.idFromName(id)).view(true, null, 1)) !== null;
  }
}

const entriesOf = (rows: readonly ListingRow[]): CatalogueEntry[] =>
  rows.map(({ entry }) => JSON.parse(entry ?? "null") as CatalogueEntry);
