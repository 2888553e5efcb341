// Tables of objects/directory: which names are taken, who was invited, who signed up.
import type { Database } from "../database.ts";
import type { Entry } from "../keys.ts";

const common = { writer: "objects/directory", readers: "objects/directory" };

export const DIRECTORY_ENTRIES: readonly Entry[] = [
  {
    name: "name",
    example: "('genome', 'Genome', 'organisation', 'ada', 1764000000000, 'genome')",
    value:
      "a taken name in lower case, its spelling, what it names (user, organisation, platform), the account that founded it, " +
      "when (ms), the form it shares with its look-alikes",
    ...common,
    retention: "for good: a name is never given out twice",
  },
  {
    name: "bootstrap",
    example: "(1, 'ada', '5f70bf18...')",
    value: "who the first operator is, and the SHA-256 of the key that was given; at most one row",
    ...common,
    retention: "for good",
  },
  {
    name: "invite",
    example: "('inv-9c1e...', '3ab4...', 5000000, 10, 3, 1764000000000, 'workshop', 'ada', 1764000000000, NULL)",
    value:
      "an invite: id, SHA-256 of its code, microcredits each sign-up gets, uses, uses so far, expiry (ms or NULL), note, the " +
      "operator who made it, created and revoked (ms or NULL)",
    ...common,
    retention: "for good: what sign-up credits were given for",
  },
  {
    name: "signup",
    example: "('ada', '5f70bf18...', 'inv-9c1e...', 5000000, 1, 1764000000000, 1)",
    value:
      "a sign-up: account in lower case, SHA-256 of its first key, invite ('' when none was asked for, 'import' for a name that an import brought), microcredits it " +
      "brings, attempt, when that began (ms), whether it is complete (0 or 1)",
    ...common,
    retention: "for good: a sign-up can be repeated to the same end",
  },
];

export const DIRECTORY_MIGRATIONS: readonly string[] = [
  `CREATE TABLE name (id TEXT PRIMARY KEY, spelling TEXT NOT NULL, kind TEXT NOT NULL, founder TEXT NOT NULL,
     created INTEGER NOT NULL) WITHOUT ROWID;
   CREATE TABLE bootstrap (one INTEGER PRIMARY KEY CHECK (one = 1), account TEXT NOT NULL, key_hash TEXT NOT NULL)`,
  // The folds of worker/market/access/names.ts; a test holds both against each other.
  `ALTER TABLE name ADD COLUMN skeleton TEXT NOT NULL DEFAULT '';
   UPDATE name SET skeleton = replace(replace(replace(replace(replace(replace(replace(
     id, '1', 'l'), '|', 'l'), 'i', 'l'), '0', 'o'), '-', '_'), 'rn', 'm'), 'vv', 'w');
   CREATE INDEX name_skeleton ON name (skeleton);
   CREATE TABLE invite (id TEXT PRIMARY KEY, code_hash TEXT NOT NULL UNIQUE, credits INTEGER NOT NULL, uses INTEGER NOT NULL,
     used INTEGER NOT NULL, expires INTEGER, note TEXT NOT NULL, maker TEXT NOT NULL, created INTEGER NOT NULL,
     revoked INTEGER) WITHOUT ROWID;
   CREATE INDEX invite_created ON invite (created, id);
   CREATE TABLE signup (account TEXT PRIMARY KEY, key_hash TEXT NOT NULL, invite TEXT NOT NULL, credits INTEGER NOT NULL,
     attempt INTEGER NOT NULL, began INTEGER NOT NULL, done INTEGER NOT NULL) WITHOUT ROWID`,
];

export type NameRow = {
  id: string;
  spelling: string;
  kind: string;
  founder: string;
  created: number;
  skeleton: string;
};
export type BootstrapRow = { account: string; key_hash: string };
export type InviteRow = {
  id: string;
  code_hash: string;
  credits: number;
  uses: number;
  used: number;
  expires: number | null;
  note: string;
  maker: string;
  created: number;
  revoked: number | null;
};
export type SignupRow = {
  account: string;
  key_hash: string;
  invite: string;
  credits: number;
  attempt: number;
  began: number;
  done: number;
};

export const directoryStatements = (db: Database) => ({
  name: (id: string) => db.first<NameRow>("SELECT * FROM name WHERE id = ?", id),
  looksLike: (skeleton: string) =>
    db.first<NameRow>("SELECT * FROM name WHERE skeleton = ? ORDER BY created LIMIT 1", skeleton),
  claim: (row: NameRow) =>
    db.run(
      "INSERT INTO name (id, spelling, kind, founder, created, skeleton) VALUES (?, ?, ?, ?, ?, ?)",
      row.id,
      row.spelling,
      row.kind,
      row.founder,
      row.created,
      row.skeleton,
    ),
  names: (after: string, limit: number) =>
    db.all<NameRow>("SELECT * FROM name WHERE id > ? ORDER BY id LIMIT ?", after, limit),
  bootstrapped: () => db.first<BootstrapRow>("SELECT account, key_hash FROM bootstrap"),
  bootstrap: (account: string, keyHash: string) =>
    db.run("INSERT INTO bootstrap (one, account, key_hash) VALUES (1, ?, ?)", account, keyHash),
  invite: (row: InviteRow) =>
    db.run(
      `INSERT INTO invite (id, code_hash, credits, uses, used, expires, note, maker, created, revoked)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      row.id,
      row.code_hash,
      row.credits,
      row.uses,
      row.used,
      row.expires,
      row.note,
      row.maker,
      row.created,
      row.revoked,
    ),
  inviteOf: (codeHash: string) => db.first<InviteRow>("SELECT * FROM invite WHERE code_hash = ?", codeHash),
  inviteById: (id: string) => db.first<InviteRow>("SELECT * FROM invite WHERE id = ?", id),
  useInvite: (id: string) => db.run("UPDATE invite SET used = used + 1 WHERE id = ?", id),
  revokeInvite: (id: string, now: number) =>
    db.run("UPDATE invite SET revoked = ? WHERE id = ? AND revoked IS NULL", now, id),
  /** A page of invites, newest first. */
  invites: (before: number, beforeId: string, limit: number) =>
    db.all<InviteRow>(
      "SELECT * FROM invite WHERE (created, id) < (?, ?) ORDER BY created DESC, id DESC LIMIT ?",
      before,
      beforeId,
      limit,
    ),
  signup: (account: string) => db.first<SignupRow>("SELECT * FROM signup WHERE account = ?", account),
  signUp: (row: SignupRow) =>
    db.run(
      `INSERT OR REPLACE INTO signup (account, key_hash, invite, credits, attempt, began, done)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
      row.account,
      row.key_hash,
      row.invite,
      row.credits,
      row.attempt,
      row.began,
      row.done,
    ),
});
