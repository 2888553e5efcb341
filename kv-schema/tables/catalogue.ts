// Tables of objects/catalogue: what can be found. One object lists what is public; one for each owner lists all that is
// theirs and holds the names they have given out.
import type { Database } from "../database.ts";
import type { Entry } from "../keys.ts";

const common = { writer: "objects/catalogue", readers: "objects/catalogue" };

const SHADOWS = ["search", "search_config", "search_content", "search_data", "search_docsize", "search_idx"];

export const CATALOGUE_ENTRIES: readonly Entry[] = [
  {
    name: "listing",
    example: "(7, 'alice/tags', 'alice', 'alice/tags', 70000, 'assemblyscript', 4, '{…}')",
    value:
      "an algorithm: id (lower case), owner (lower case), look-alike form of its name, price of a call without fuel " +
      "(microcredits), language, how often it changed, JSON of a CatalogueEntry",
    ...common,
    retention: "while it is public (or, in its owner's object, for good)",
  },
  {
    name: "tag",
    example: "('text', 7)",
    value: "a tag (lower case) of a listing",
    ...common,
    retention: "as the listing",
  },
  ...SHADOWS.map((name) => ({
    name,
    example: "(an FTS5 table's own)",
    value: "full-text index over name, tags, summary and the beginning of the README, by listing",
    ...common,
    retention: "as the listing",
  })),
  {
    name: "name",
    example: "('tags', 'tags', 'Tags', 1764000000000)",
    value: "in an owner's object: a name given out (lower case), its look-alike form, its spelling, when (ms)",
    ...common,
    retention: "for good, once something was published under it",
  },
];

export const CATALOGUE_MIGRATIONS: readonly string[] = [
  `CREATE TABLE listing (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, owner TEXT NOT NULL, skeleton TEXT NOT NULL,
     price INTEGER NOT NULL, language TEXT NOT NULL, revision INTEGER NOT NULL, entry TEXT);
   CREATE INDEX listing_owner ON listing (owner, id);
   CREATE INDEX listing_skeleton ON listing (skeleton);
   CREATE TABLE tag (tag TEXT NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (tag, number)) WITHOUT ROWID;
   CREATE VIRTUAL TABLE search USING fts5 (name, tags, summary, readme, tokenize = "unicode61 remove_diacritics 2", prefix = '2 3');
   CREATE TABLE name (name TEXT PRIMARY KEY, skeleton TEXT NOT NULL UNIQUE, spelling TEXT NOT NULL, since INTEGER NOT NULL) WITHOUT ROWID`,
];

export type ListingRow = {
  number: number;
  id: string;
  owner: string;
  skeleton: string;
  price: number;
  language: string;
  revision: number;
  /** Null: it is not shown (any more); the row remembers how often it changed. */
  entry: string | null;
};
export type NameRow = { name: string; skeleton: string; spelling: string; since: number };

/** What a list is narrowed by; null: not. */
export interface ListingFilter {
  /** An FTS5 query. */
  readonly match: string | null;
  readonly owner: string | null;
  readonly tag: string | null;
  readonly maxPrice: number | null;
  readonly language: string | null;
}

const filterOf = (filter: ListingFilter): { readonly where: string; readonly values: (string | number)[] } => {
  const parts: (readonly [string, string | number])[] = [];
  if (filter.match !== null) parts.push(["search MATCH ?", filter.match]);
  if (filter.owner !== null) parts.push(["listing.owner = ?", filter.owner]);
  if (filter.tag !== null) parts.push(["listing.number IN (SELECT number FROM tag WHERE tag = ?)", filter.tag]);
  if (filter.maxPrice !== null) parts.push(["listing.price <= ?", filter.maxPrice]);
  if (filter.language !== null) parts.push(["listing.language = ?", filter.language]);
  return { where: parts.map(([sql]) => ` AND ${sql}`).join(""), values: parts.map(([, value]) => value) };
};

export const catalogueStatements = (db: Database) => ({
  listing: (id: string) => db.first<ListingRow>("SELECT * FROM listing WHERE id = ?", id),
  put: (row: Omit<ListingRow, "number">) =>
    db.first<{ number: number }>(
      `INSERT INTO listing (id, owner, skeleton, price, language, revision, entry) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET skeleton = excluded.skeleton, price = excluded.price, language = excluded.language,
         revision = excluded.revision, entry = excluded.entry RETURNING number`,
      row.id,
      row.owner,
      row.skeleton,
      row.price,
      row.language,
      row.revision,
      row.entry,
    )?.number ?? 0,
  unindex: (number: number) => {
    db.run("DELETE FROM tag WHERE number = ?", number);
    db.run("DELETE FROM search WHERE rowid = ?", number);
  },
  tag: (tag: string, number: number) => db.run("INSERT OR IGNORE INTO tag (tag, number) VALUES (?, ?)", tag, number),
  index: (number: number, name: string, tags: string, summary: string, readme: string) =>
    db.run(
      "INSERT INTO search (rowid, name, tags, summary, readme) VALUES (?, ?, ?, ?, ?)",
      number,
      name,
      tags,
      summary,
      readme,
    ),
  /** By id, after one. */
  list: (filter: ListingFilter, after: string, limit: number) => {
    const { where, values } = filterOf(filter);
    return db.all<ListingRow>(
      `SELECT listing.* FROM listing WHERE entry IS NOT NULL AND id > ?${where} ORDER BY id LIMIT ?`,
      after,
      ...values,
      limit,
    );
  },
  /** By relevance: a word in the name counts ten times one in the README. */
  search: (filter: ListingFilter, skip: number, limit: number) => {
    const { where, values } = filterOf(filter);
    return db.all<ListingRow>(
      `SELECT listing.* FROM search JOIN listing ON listing.number = search.rowid WHERE entry IS NOT NULL${where}
       ORDER BY bm25(search, 10.0, 5.0, 3.0, 1.0), id LIMIT ? OFFSET ?`,
      ...values,
      limit,
      skip,
    );
  },
  alike: (skeleton: string, id: string) =>
    db.all<{ id: string; entry: string }>(
      "SELECT id, entry FROM listing WHERE skeleton = ? AND id <> ? AND entry IS NOT NULL ORDER BY id LIMIT 10",
      skeleton,
      id,
    ),
  name: (name: string) => db.first<NameRow>("SELECT * FROM name WHERE name = ?", name),
  nameLike: (skeleton: string) => db.first<NameRow>("SELECT * FROM name WHERE skeleton = ?", skeleton),
  giveName: (row: NameRow) =>
    db.run(
      "INSERT INTO name (name, skeleton, spelling, since) VALUES (?, ?, ?, ?)",
      row.name,
      row.skeleton,
      row.spelling,
      row.since,
    ),
  freeName: (name: string) => db.run("DELETE FROM name WHERE name = ?", name),
});
