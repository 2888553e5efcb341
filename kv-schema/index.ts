// The register of everything stored: each KV prefix and SQL table has its entry here.
import type { Entry } from "./keys.ts";
import { KV_ENTRIES } from "./keys.ts";
import { ACCOUNT_ENTRIES } from "./tables/account.ts";
import { AGENDA_ENTRIES } from "./tables/agenda.ts";
import { ALGORITHM_ENTRIES } from "./tables/algorithm.ts";
import { BLOB_ENTRIES } from "./tables/blob.ts";
import { CARD_ENTRIES } from "./tables/card.ts";
import { COLLECTION_ENTRIES } from "./tables/collection.ts";
import { CATALOGUE_ENTRIES } from "./tables/catalogue.ts";
import { DIRECTORY_ENTRIES } from "./tables/directory.ts";
import { ERRAND_ENTRIES } from "./tables/errand.ts";
import { DOCKET_ENTRIES } from "./tables/docket.ts";
import { JOB_ENTRIES } from "./tables/job.ts";
import { KEYRING_ENTRIES } from "./tables/keyring.ts";
import { KEPT_ENTRIES } from "./tables/kept.ts";
import { PROFILE_ENTRIES } from "./tables/profile.ts";
import { ROSTER_ENTRIES } from "./tables/roster.ts";
import { RUN_ENTRIES } from "./tables/run.ts";
import { SHARD_ENTRIES } from "./tables/shard.ts";
import { SHELF_ENTRIES } from "./tables/shelf.ts";
import { SIGNER_ENTRIES } from "./tables/signer.ts";
import { STATE_ENTRIES } from "./tables/state.ts";
import { WATCH_ENTRIES } from "./tables/watch.ts";
import { WORKSHOP_ENTRIES } from "./tables/workshop.ts";

const MIGRATION: Entry = {
  name: "migration",
  example: "(0)",
  value: "number of a migration that has run",
  writer: "kv-schema/database.ts",
  readers: "kv-schema/database.ts",
  retention: "for good",
};

/** KV prefixes. */
export const KV_REGISTER: readonly Entry[] = KV_ENTRIES;

/** SQL tables, by the class of the object that holds them. */
export const TABLE_REGISTER: Readonly<Record<string, readonly Entry[]>> = {
  Directory: [MIGRATION, ...DIRECTORY_ENTRIES],
  Keyring: [MIGRATION, ...KEYRING_ENTRIES],
  Account: [MIGRATION, ...ACCOUNT_ENTRIES],
  Algorithm: [MIGRATION, ...AGENDA_ENTRIES, ...ALGORITHM_ENTRIES],
  Blob: [MIGRATION, ...AGENDA_ENTRIES, ...BLOB_ENTRIES],
  Card: [MIGRATION, ...CARD_ENTRIES],
  Collection: [MIGRATION, ...AGENDA_ENTRIES, ...COLLECTION_ENTRIES],
  Job: [MIGRATION, ...AGENDA_ENTRIES, ...JOB_ENTRIES],
  Roster: [MIGRATION, ...ROSTER_ENTRIES],
  Shard: [MIGRATION, ...AGENDA_ENTRIES, ...SHARD_ENTRIES],
  Shelf: [MIGRATION, ...SHELF_ENTRIES],
  State: [MIGRATION, ...AGENDA_ENTRIES, ...STATE_ENTRIES],
  Catalogue: [MIGRATION, ...CATALOGUE_ENTRIES],
  Signer: [MIGRATION, ...AGENDA_ENTRIES, ...SIGNER_ENTRIES],
  Errand: [MIGRATION, ...AGENDA_ENTRIES, ...ERRAND_ENTRIES],
  Kept: [MIGRATION, ...AGENDA_ENTRIES, ...KEPT_ENTRIES],
  Profile: [MIGRATION, ...AGENDA_ENTRIES, ...PROFILE_ENTRIES],
  Watch: [MIGRATION, ...AGENDA_ENTRIES, ...WATCH_ENTRIES],
  Workshop: [MIGRATION, ...WORKSHOP_ENTRIES],
  Run: [MIGRATION, ...RUN_ENTRIES],
  Docket: [MIGRATION, ...DOCKET_ENTRIES],
};
