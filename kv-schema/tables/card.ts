// Tables of objects/card: what only the wire contract knows of an account or organisation, and ways back from its ids.
import type { Database } from "../database.ts";
import type { Entry } from "../keys.ts";

const common = { writer: "objects/card", readers: "objects/card" };

export const CARD_ENTRIES: readonly Entry[] = [
  {
    name: "card",
    example: "(1, 'algorithm', 'genome/kmers', '{}')",
    value: "one row: what it names (algorithm, user, organisation), the name, JSON of facts (e-mail, labels)",
    ...common,
    retention: "for good: names and ids are given out once",
  },
];

export const CARD_MIGRATIONS: readonly string[] = [
  `CREATE TABLE card (one INTEGER PRIMARY KEY CHECK (one = 1), kind TEXT NOT NULL, name TEXT NOT NULL, facts TEXT NOT NULL)`,
];

export type CardRow = { kind: string; name: string; facts: string };

export const cardStatements = (db: Database) => ({
  card: () => db.first<CardRow>("SELECT kind, name, facts FROM card"),
  put: ({ kind, name, facts }: CardRow) =>
    db.run("INSERT OR REPLACE INTO card (one, kind, name, facts) VALUES (1, ?, ?, ?)", kind, name, facts),
});
