// Tables of objects/directory: which names are taken.
import type { Database } from "../database.ts";
import type { Entry } from "../keys.ts";

export const DIRECTORY_ENTRIES: readonly Entry[] = [
  {
    name: "name",
    example: "('genome', 'Genome', 'organisation', 'ada', 1764000000000)",
    value: "a taken name in lower case, its spelling, what it names, the account that founded it, when (ms)",
    writer: "objects/directory",
    readers: "objects/directory",
    retention: "for good: a name is never given out twice",
  },
  {
    name: "bootstrap",
    example: "(1, 'ada', '5f70bf18...')",
    value: "who the first operator is, and the SHA-256 of the key that was given; at most one row",
    writer: "objects/directory",
    readers: "objects/directory",
    retention: "for good",
  },
];

export const DIRECTORY_MIGRATIONS: readonly string[] = [
  `CREATE TABLE name (id TEXT PRIMARY KEY, spelling TEXT NOT NULL, kind TEXT NOT NULL, founder TEXT NOT NULL,
     created INTEGER NOT NULL) WITHOUT ROWID;
   CREATE TABLE bootstrap (one INTEGER PRIMARY KEY CHECK (one = 1), account TEXT NOT NULL, key_hash TEXT NOT NULL)`,
];

export type NameRow = { id: string; spelling: string; kind: string; founder: string; created: number };
export type BootstrapRow = { account: string; key_hash: string };

export const directoryStatements = (db: Database) => ({
  name: (id: string) => db.first<NameRow>("SELECT * FROM name WHERE id = ?", id),
  claim: (id: string, spelling: string, kind: string, founder: string, now: number) =>
    db.run(
      "INSERT INTO name (id, spelling, kind, founder, created) VALUES (?, ?, ?, ?, ?)",
      id,
      spelling,
      kind,
      founder,
      now,
    ),
  bootstrapped: () => db.first<BootstrapRow>("SELECT account, key_hash FROM bootstrap"),
  bootstrap: (account: string, keyHash: string) =>
    db.run("INSERT INTO bootstrap (one, account, key_hash) VALUES (1, ?, ?)", account, keyHash),
});
