// Tables of objects/account for its asynchronous calls (objects/errand): which have not ended, which requests were sent with
// an Idempotency-Key, and the secrets that its webhooks are signed with.
import type { Database } from "../database.ts";
import type { Entry } from "../keys.ts";

const common = { writer: "objects/account", readers: "objects/account" };

export const ERRANDS_ENTRIES: readonly Entry[] = [
  {
    name: "errand",
    example: "('req-1c0a…', 'key-7Qx…', 'ada/work', '1.0.0', 1764000000000, 'waiting')",
    value:
      "an asynchronous call that has not ended: its id, key, algorithm, version, since when (ms), waiting or running",
    ...common,
    retention: "until it has ended",
  },
  {
    name: "once",
    example: "('9f86d0…', '60303a…', 'req-1c0a…', 1764086400000)",
    value:
      "a request that came with an Idempotency-Key: SHA-256 of route and key, SHA-256 of what was asked, the call it began, " +
      "until when that holds (ms)",
    ...common,
    retention: "LIMITS.onceMs; swept when the next one comes",
  },
  {
    name: "webhook_secret",
    example: "(2, 'k1', x'…', x'…', 1764000000000, NULL)",
    value:
      "a secret that webhooks are signed with: number, id of the key that sealed it, nonce, sealed text, when made, until when " +
      "it signs beside the one after it (ms; NULL: the current one)",
    ...common,
    retention: "until LIMITS.webhookOverlapMs after the next one was made",
  },
];

export const ERRANDS_TABLES = `
  CREATE TABLE errand (call TEXT PRIMARY KEY, key TEXT NOT NULL, algorithm TEXT NOT NULL, version TEXT NOT NULL,
    since INTEGER NOT NULL, state TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE once (hash TEXT PRIMARY KEY, print TEXT NOT NULL, call TEXT NOT NULL, until INTEGER NOT NULL) WITHOUT ROWID;
  CREATE INDEX once_until ON once (until);
  CREATE TABLE webhook_secret (number INTEGER PRIMARY KEY, sealer TEXT NOT NULL, nonce BLOB NOT NULL, sealed BLOB NOT NULL,
    made INTEGER NOT NULL, until INTEGER)`;

export type ErrandsRow = {
  call: string;
  key: string;
  algorithm: string;
  version: string;
  since: number;
  state: "waiting" | "running";
};
export type OnceRow = { hash: string; print: string; call: string; until: number };
export type WebhookSecretRow = {
  number: number;
  sealer: string;
  nonce: ArrayBuffer;
  sealed: ArrayBuffer;
  made: number;
  until: number | null;
};

export const errandsStatements = (db: Database) => ({
  add: ({ call, key, algorithm, version, since, state }: ErrandsRow) =>
    db.run(
      "INSERT OR REPLACE INTO errand (call, key, algorithm, version, since, state) VALUES (?, ?, ?, ?, ?, ?)",
      call,
      key,
      algorithm,
      version,
      since,
      state,
    ),
  find: (call: string) => db.first<ErrandsRow>("SELECT * FROM errand WHERE call = ?", call),
  all: () => db.all<ErrandsRow>("SELECT * FROM errand ORDER BY since, call"),
  counts: () =>
    db.first<{ all: number; running: number }>(
      "SELECT count(*) AS \"all\", coalesce(sum(state = 'running'), 0) AS running FROM errand",
    ) ?? { all: 0, running: 0 },
  waiting: (limit: number) =>
    db.all<ErrandsRow>("SELECT * FROM errand WHERE state = 'waiting' ORDER BY since, call LIMIT ?", limit),
  run: (call: string) => db.run("UPDATE errand SET state = 'running' WHERE call = ?", call),
  remove: (call: string) => db.run("DELETE FROM errand WHERE call = ?", call),
  once: (hash: string) => db.first<OnceRow>("SELECT * FROM once WHERE hash = ?", hash),
  putOnce: ({ hash, print, call, until }: OnceRow) =>
    db.run("INSERT OR REPLACE INTO once (hash, print, call, until) VALUES (?, ?, ?, ?)", hash, print, call, until),
  sweepOnce: (now: number) => db.run("DELETE FROM once WHERE until <= ?", now),
  forgetOnce: (call: string) => db.run("DELETE FROM once WHERE call = ?", call),
});

export const webhookSecretStatements = (db: Database) => ({
  secrets: (now: number) =>
    db.all<WebhookSecretRow>("SELECT * FROM webhook_secret WHERE until IS NULL OR until > ? ORDER BY number DESC", now),
  add: ({ sealer, nonce, sealed, made }: Pick<WebhookSecretRow, "sealer" | "nonce" | "sealed" | "made">) =>
    db.run(
      "INSERT INTO webhook_secret (sealer, nonce, sealed, made, until) VALUES (?, ?, ?, ?, NULL)",
      sealer,
      nonce,
      sealed,
      made,
    ),
  retire: (until: number) => db.run("UPDATE webhook_secret SET until = ? WHERE until IS NULL", until),
  sweep: (now: number) => db.run("DELETE FROM webhook_secret WHERE until <= ?", now),
});
