// Tables of objects/account: an account's (or organisation's) own facts, keys and memberships.
import type { Database } from "../database.ts";
import type { Entry } from "../keys.ts";
import { AGENDA_ENTRIES, AGENDA_TABLE } from "./agenda.ts";
import { ERRANDS_ENTRIES, ERRANDS_TABLES } from "./errands.ts";
import { FAULT_ENTRIES, FAULT_TABLE } from "./faults.ts";
import { KEY_ENTRIES, KEY_MIGRATION } from "./keys.ts";
import { LEDGER_COUNTED, LEDGER_ENTRIES, LEDGER_TABLES, LEDGER_TRIMMED } from "./ledger.ts";
import { SALES_ENTRIES, SALES_TABLES } from "./sales.ts";

const common = { writer: "objects/account", readers: "objects/account" };

export const ACCOUNT_ENTRIES: readonly Entry[] = [
  {
    name: "account",
    example: "(1, 'ada', 'user', 1, 1764000000000)",
    value: "one row: spelling of the name, kind (user or organisation), operator (0 or 1), created (ms)",
    ...common,
    retention: "for good",
  },
  {
    name: "membership",
    example: "('genome', 'owner', 1764000000000, 3, 1)",
    value:
      "an organisation this account belongs to, the role (owner or member; wanted: a name being claimed; gone: it left), " +
      "since when (ms), revision the organisation gave that, whether this account founded it (0 or 1)",
    ...common,
    retention: "for good: the revision orders what is told; wanted: until the name is claimed or refused",
  },
  ...KEY_ENTRIES,
  ...LEDGER_ENTRIES,
  ...SALES_ENTRIES,
  ...ERRANDS_ENTRIES,
  ...FAULT_ENTRIES,
  ...AGENDA_ENTRIES,
];

export const ACCOUNT_MIGRATIONS: readonly string[] = [
  `CREATE TABLE account (one INTEGER PRIMARY KEY CHECK (one = 1), name TEXT NOT NULL, kind TEXT NOT NULL,
     operator INTEGER NOT NULL, created INTEGER NOT NULL);
   CREATE TABLE api_key (hash TEXT PRIMARY KEY, label TEXT NOT NULL, created INTEGER NOT NULL, revoked INTEGER) WITHOUT ROWID;
   CREATE TABLE membership (organisation TEXT PRIMARY KEY, role TEXT NOT NULL, since INTEGER NOT NULL) WITHOUT ROWID`,
  KEY_MIGRATION,
  `${AGENDA_TABLE}; ${LEDGER_TABLES}`,
  SALES_TABLES,
  ERRANDS_TABLES,
  LEDGER_COUNTED,
  LEDGER_TRIMMED,
  FAULT_TABLE,
];

export type AccountRow = { name: string; kind: string; operator: number; created: number };

export const accountStatements = (db: Database) => ({
  self: () => db.first<AccountRow>("SELECT name, kind, operator, created FROM account"),
  create: (name: string, kind: string, operator: boolean, now: number) =>
    db.run(
      "INSERT OR IGNORE INTO account (one, name, kind, operator, created) VALUES (1, ?, ?, ?, ?)",
      name,
      kind,
      operator ? 1 : 0,
      now,
    ),
});
