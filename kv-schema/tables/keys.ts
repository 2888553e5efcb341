// Tables of objects/account that say who may: API keys with their scopes and limits, rate windows, members. (The tables
// `api_key` and `account` begin in account.ts.)
import type { Database } from "../database.ts";
import type { Entry } from "../keys.ts";

const common = { writer: "objects/account", readers: "objects/account" };

export const KEY_ENTRIES: readonly Entry[] = [
  {
    name: "api_key",
    example: `('5f70bf18...', 'laptop', 1764000000000, NULL, 'key-9c1e...', '{"call":["*"],...}', 5000000, NULL, NULL, NULL, NULL)`,
    value:
      "SHA-256 of a key (64 hex digits), label, created, revoked (ms or NULL), id, scopes (JSON), limits (microcredits in " +
      "all and a day, calls a minute; NULL: none), expiry, last use (ms, to the minute)",
    ...common,
    retention: "for good",
  },
  {
    name: "rate",
    example: "('calls', 'key-9c1e...', 1764000000000, 17)",
    value:
      "a window of a rate limit: what is counted, of whom ('' is the account), its beginning (ms), how much was handed out",
    ...common,
    retention: "until the next window",
  },
  {
    name: "member",
    example: "('ada', 'Ada', 'owner', 3, 1, 1764000000000)",
    value:
      "of an organisation: an account in lower case, its spelling, its role (owner, member; gone: it has left), revision of " +
      "that, whether the account has been told (0 or 1), since when (ms)",
    ...common,
    retention: "for good: the revision orders what is told",
  },
];

export const KEY_MIGRATION = `
  ALTER TABLE account ADD COLUMN attempt INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE account ADD COLUMN suspended INTEGER;
  ALTER TABLE account ADD COLUMN suspended_for TEXT NOT NULL DEFAULT '';
  ALTER TABLE account ADD COLUMN calls_minute INTEGER;
  ALTER TABLE account ADD COLUMN requests_minute INTEGER;
  ALTER TABLE membership ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE membership ADD COLUMN founded INTEGER NOT NULL DEFAULT 0;
  UPDATE membership SET founded = 1;
  ALTER TABLE api_key ADD COLUMN id TEXT NOT NULL DEFAULT '';
  ALTER TABLE api_key ADD COLUMN scopes TEXT NOT NULL DEFAULT '{"call":["*"],"data":"write","manage":true,"admin":true}';
  ALTER TABLE api_key ADD COLUMN spend INTEGER;
  ALTER TABLE api_key ADD COLUMN spend_day INTEGER;
  ALTER TABLE api_key ADD COLUMN calls_minute INTEGER;
  ALTER TABLE api_key ADD COLUMN expires INTEGER;
  ALTER TABLE api_key ADD COLUMN used INTEGER;
  UPDATE api_key SET id = 'key-' || lower(hex(randomblob(8)));
  CREATE UNIQUE INDEX api_key_id ON api_key (id);
  CREATE INDEX api_key_created ON api_key (created, id);
  CREATE TABLE rate (kind TEXT NOT NULL, subject TEXT NOT NULL, began INTEGER NOT NULL, used INTEGER NOT NULL,
    PRIMARY KEY (kind, subject)) WITHOUT ROWID;
  CREATE TABLE member (account TEXT PRIMARY KEY, spelling TEXT NOT NULL, role TEXT NOT NULL, revision INTEGER NOT NULL,
    told INTEGER NOT NULL, since INTEGER NOT NULL) WITHOUT ROWID`;

export type HolderRow = {
  name: string;
  kind: string;
  operator: number;
  created: number;
  attempt: number;
  suspended: number | null;
  suspended_for: string;
  calls_minute: number | null;
  requests_minute: number | null;
};

/** What an owner may set of a key. */
export type KeySettings = {
  label: string;
  /** JSON of Scopes. */
  scopes: string;
  spend: number | null;
  spend_day: number | null;
  calls_minute: number | null;
  expires: number | null;
};

export type KeyRow = KeySettings & {
  hash: string;
  created: number;
  revoked: number | null;
  id: string;
  used: number | null;
};

export type RateRow = { began: number; used: number };
export type MemberRow = {
  account: string;
  spelling: string;
  role: string;
  revision: number;
  told: number;
  since: number;
};

export const keyStatements = (db: Database) => ({
  holder: () => db.first<HolderRow>("SELECT * FROM account"),
  key: (hash: string) => db.first<KeyRow>("SELECT * FROM api_key WHERE hash = ?", hash),
  byId: (id: string) => db.first<KeyRow>("SELECT * FROM api_key WHERE id = ?", id),
  living: (now: number) =>
    db.first<{ n: number }>(
      "SELECT count(*) AS n FROM api_key WHERE revoked IS NULL AND (expires IS NULL OR expires > ?)",
      now,
    )?.n ?? 0,
  /** Keys that never end by themselves and may make others: without one, nobody could ever enter the account again. */
  anchors: (admin: 0 | 1) =>
    db.first<{ n: number }>(
      `SELECT count(*) AS n FROM api_key WHERE revoked IS NULL AND expires IS NULL AND json_extract(scopes, '$.manage')
       AND spend IS NULL AND spend_day IS NULL AND calls_minute IS NULL AND json_extract(scopes, '$.admin') >= ?`,
      admin,
    )?.n ?? 0,
  addKey: (hash: string, id: string, now: number, set: KeySettings) =>
    db.run(
      `INSERT INTO api_key (hash, id, label, created, scopes, spend, spend_day, calls_minute, expires)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      hash,
      id,
      set.label,
      now,
      set.scopes,
      set.spend,
      set.spend_day,
      set.calls_minute,
      set.expires,
    ),
  setKey: (id: string, set: KeySettings) =>
    db.run(
      "UPDATE api_key SET label = ?, scopes = ?, spend = ?, spend_day = ?, calls_minute = ?, expires = ? WHERE id = ?",
      set.label,
      set.scopes,
      set.spend,
      set.spend_day,
      set.calls_minute,
      set.expires,
      id,
    ),
  revoke: (id: string, now: number) =>
    db.run("UPDATE api_key SET revoked = ? WHERE id = ? AND revoked IS NULL", now, id),
  revokeOthers: (hash: string, now: number) =>
    db.run("UPDATE api_key SET revoked = ? WHERE hash <> ? AND revoked IS NULL", now, hash),
  revive: (hash: string) => db.run("UPDATE api_key SET revoked = NULL WHERE hash = ?", hash),
  /** A page of keys, newest first. */
  keys: (before: number, beforeId: string, limit: number) =>
    db.all<KeyRow>(
      `SELECT * FROM api_key WHERE (created, id) < (?, ?) ORDER BY created DESC, id DESC LIMIT ?`,
      before,
      beforeId,
      limit,
    ),
  touch: (hash: string, now: number) => db.run("UPDATE api_key SET used = ? WHERE hash = ?", now, hash),
  rate: (kind: string, subject: string) =>
    db.first<RateRow>("SELECT began, used FROM rate WHERE kind = ? AND subject = ?", kind, subject),
  setRate: (kind: string, subject: string, began: number, used: number) =>
    db.run("INSERT OR REPLACE INTO rate (kind, subject, began, used) VALUES (?, ?, ?, ?)", kind, subject, began, used),
  setAttempt: (attempt: number) => db.run("UPDATE account SET attempt = ?", attempt),
  suspend: (at: number | null, reason: string) =>
    db.run("UPDATE account SET suspended = ?, suspended_for = ?", at, reason),
  setRates: (calls: number | null, requests: number | null) =>
    db.run("UPDATE account SET calls_minute = ?, requests_minute = ?", calls, requests),
  setOperator: (operator: 0 | 1) => db.run("UPDATE account SET operator = ?", operator),
  memberships: () =>
    db.all<{ organisation: string; role: string }>(
      "SELECT organisation, role FROM membership WHERE role IN ('owner', 'member') ORDER BY organisation",
    ),
});

/** Statements about who belongs to whom: `member` is the organisation's truth, `membership` the account's copy of it. */
export const memberStatements = (db: Database) => ({
  member: (account: string) => db.first<MemberRow>("SELECT * FROM member WHERE account = ?", account),
  anyMember: () => db.first("SELECT 1 AS one FROM member LIMIT 1") !== undefined,
  setMember: (account: string, spelling: string, role: string, revision: number, now: number) =>
    db.run(
      `INSERT INTO member (account, spelling, role, revision, told, since) VALUES (?, ?, ?, ?, 0, ?)
       ON CONFLICT (account) DO UPDATE SET role = excluded.role, revision = excluded.revision, told = 0,
       since = excluded.since`,
      account,
      spelling,
      role,
      revision,
      now,
    ),
  owners: () => db.first<{ n: number }>("SELECT count(*) AS n FROM member WHERE role = 'owner'")?.n ?? 0,
  present: () => db.first<{ n: number }>("SELECT count(*) AS n FROM member WHERE role <> 'gone'")?.n ?? 0,
  /** A page of those who belong, in order of their names. */
  members: (after: string, limit: number) =>
    db.all<MemberRow>(
      "SELECT * FROM member WHERE account > ? AND role <> 'gone' ORDER BY account LIMIT ?",
      after,
      limit,
    ),
  untold: (limit: number) => db.all<MemberRow>("SELECT * FROM member WHERE told = 0 ORDER BY account LIMIT ?", limit),
  /** Everybody who belongs has to be told anew. */
  untell: () => db.run("UPDATE member SET revision = revision + 1, told = 0 WHERE role <> 'gone'"),
  told: (account: string, revision: number) =>
    db.run("UPDATE member SET told = 1 WHERE account = ? AND revision = ?", account, revision),
  membership: (organisation: string) =>
    db.first<{ role: string; revision: number; founded: number }>(
      "SELECT role, revision, founded FROM membership WHERE lower(organisation) = lower(?)",
      organisation,
    ),
  joined: () =>
    db.first<{ n: number }>("SELECT count(*) AS n FROM membership WHERE role IN ('owner', 'member')")?.n ?? 0,
  founded: () => db.first<{ n: number }>("SELECT count(*) AS n FROM membership WHERE founded = 1")?.n ?? 0,
  want: (organisation: string, now: number) =>
    db.run(
      "INSERT INTO membership (organisation, role, since, revision, founded) VALUES (?, 'wanted', ?, 0, 1)",
      organisation,
      now,
    ),
  unwant: (organisation: string) =>
    db.run("DELETE FROM membership WHERE lower(organisation) = lower(?) AND role = 'wanted'", organisation),
  leave: (organisation: string) => db.run("DELETE FROM membership WHERE lower(organisation) = lower(?)", organisation),
  join: (organisation: string, role: string, revision: number, founded: number, now: number) =>
    db.run(
      "INSERT INTO membership (organisation, role, since, revision, founded) VALUES (?, ?, ?, ?, ?)",
      organisation,
      role,
      now,
      revision,
      founded,
    ),
});
