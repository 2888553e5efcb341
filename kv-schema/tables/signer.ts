// Table of objects/signer: the keys that sign receipts.
import type { Database } from "../database.ts";
import type { Entry } from "../keys.ts";
import { AGENDA_TABLE } from "./agenda.ts";

export const SIGNER_ENTRIES: readonly Entry[] = [
  {
    name: "signing_key",
    example: "('3f0c9a…', 'MFkwEwYH…', x'302e…', 1764000000000, NULL)",
    value:
      "an Ed25519 key: id (16 hex digits of the SHA-256 of the public key), public key (base64url), private key (PKCS 8) " +
      "while it signs, created and retired (ms; NULL: it signs)",
    writer: "objects/signer",
    readers: "objects/signer",
    retention: "for good, so that old receipts can be checked; the private key until it is retired",
  },
];

export const SIGNER_MIGRATIONS: readonly string[] = [
  `${AGENDA_TABLE};
   CREATE TABLE signing_key (kid TEXT PRIMARY KEY, x TEXT NOT NULL, private BLOB, created INTEGER NOT NULL, retired INTEGER,
     CHECK ((private IS NULL) = (retired IS NOT NULL)))`,
];

export type SigningKeyRow = {
  kid: string;
  x: string;
  private: ArrayBuffer | null;
  created: number;
  retired: number | null;
};

export const signerStatements = (db: Database) => ({
  current: () =>
    db.first<SigningKeyRow>("SELECT * FROM signing_key WHERE retired IS NULL ORDER BY created DESC LIMIT 1"),
  all: () =>
    db.all<Omit<SigningKeyRow, "private">>(
      "SELECT kid, x, created, retired FROM signing_key ORDER BY created DESC, kid",
    ),
  retire: (now: number) => db.run("UPDATE signing_key SET retired = ?, private = NULL WHERE retired IS NULL", now),
  add: (row: SigningKeyRow) =>
    db.run(
      "INSERT INTO signing_key (kid, x, private, created, retired) VALUES (?, ?, ?, ?, ?)",
      row.kid,
      row.x,
      row.private,
      row.created,
      row.retired,
    ),
});
