// What an archive of accounts, keys, data and algorithms consists of (docs/import.md): one shape a kind of record. The
// command that reads archives and the routes that take records check by the same shapes. Pure.
import * as z from "zod";
import { scopesShape } from "../access/scopes.ts";
import { ALGORITHM_NAME, OWNER_NAME, manifest } from "../manifest.ts";

export const FORMAT = "orcade-import/1";

const owner = z.string().regex(OWNER_NAME, "a letter, then letters, digits or _, at most 30");
const algorithm = z.string().regex(ALGORITHM_NAME, "a letter, then letters, digits, _ or -, at most 30");
const line = z
  .string()
  .max(300)
  .regex(/^[^\p{Cc}\p{Cs}]*$/u, "one line of text");
const uuid = z.guid().transform((id) => id.toLowerCase());
const base64 = z.base64();
const hash = z.string().regex(/^[0-9a-f]{64}$/, "64 hex digits");
const read = z.union([z.tuple([]), z.tuple([z.literal("algo://.my/*")]), z.tuple([z.literal("user://*")])]);

/** What is known of a person or organisation beside the name (wire contract §6). */
const facts = {
  email: line.optional(),
  fullname: line.optional(),
  company_name: line.optional(),
  company_role: line.optional(),
};
const microcredits = z.int().min(0).default(0);

export const header = z.strictObject({
  record: z.literal("archive"),
  format: z.literal(FORMAT),
  source: line.optional(),
  created: line.optional(),
});
export const user = z.strictObject({
  record: z.literal("user"),
  name: owner,
  id: uuid.optional(),
  ...facts,
  microcredits,
});
export const organization = z.strictObject({
  record: z.literal("organization"),
  name: owner,
  id: uuid.optional(),
  /** The first is its founder, and an owner. */
  owners: z.array(owner).min(1).max(100),
  members: z.array(owner).max(900).default([]),
  label: line.optional(),
  microcredits,
});
export const key = z
  .strictObject({
    record: z.literal("key"),
    account: owner,
    /** The key itself, of any length: its hash is all that leaves the machine that reads the archive. */
    key: z.string().min(1).max(8_192).optional(),
    sha256: hash.optional(),
    label: line.min(1).max(100).default("imported"),
    scopes: scopesShape.default({ call: ["*"], data: "write", manage: true, admin: false }),
  })
  .refine((each) => (each.key === undefined) !== (each.sha256 === undefined), "either key or sha256");
export const collection = z.strictObject({
  record: z.literal("collection"),
  owner,
  name: algorithm,
  read: read.default(["algo://.my/*"]),
});
export const imported = z.strictObject({
  record: z.literal("algorithm"),
  owner,
  name: algorithm,
  /** The UUID by which it was called and managed. */
  id: uuid,
  details: z
    .strictObject({ label: line.optional(), tagline: line.optional(), summary: z.string().max(60_000).optional() })
    .default({}),
  settings: z
    .strictObject({
      algorithm_callability: z.enum(["public", "private"]).optional(),
      source_visibility: z.enum(["open", "closed"]).optional(),
      license: z.enum(["apl", "apache2", "gpl3", "mit"]).optional(),
      royalty_microcredits: z.int().min(0).max(1_000_000_000_000).optional(),
      language: line.optional(),
      algorithm_environment: line.optional(),
    })
    .default({}),
  /** A collection of the same owner. */
  default_collection: algorithm.optional(),
});
export const version = z.strictObject({
  record: z.literal("version"),
  owner,
  manifest,
  /** The module's bytes. */
  module: base64,
  readme: z.string().default(""),
  notes: z.string().default(""),
});
export const file = z.strictObject({
  record: z.literal("file"),
  owner,
  collection: algorithm,
  name: z.string().min(1).max(255),
  /** Of the whole file. */
  size: z.int().min(0),
  md5: z.string().regex(/^[0-9a-f]{32}$/, "32 hex digits"),
  /** Where these bytes begin: a long file is several records in a row. */
  offset: z.int().min(0).default(0),
  data: base64,
});

export const record = z.discriminatedUnion("record", [
  header,
  user,
  organization,
  key,
  collection,
  imported,
  version,
  file,
]);
export type ArchiveRecord = z.infer<typeof record>;
export type RecordOf<Kind extends ArchiveRecord["record"]> = Extract<ArchiveRecord, { record: Kind }>;

/** The order of an archive: what a record speaks of stands before it. */
export const ORDER = ["archive", "user", "organization", "key", "collection", "algorithm", "version", "file"] as const;

// Bodies of the routes: a record without its kind, keys by their hash alone, and whether only to look.
const dry = { dry_run: z.boolean().default(false) };
export const accountBody = z.discriminatedUnion("record", [user.extend(dry), organization.extend(dry)]);
export const keyBody = z.strictObject({
  account: owner,
  sha256: hash,
  label: line.min(1).max(100),
  scopes: scopesShape,
  ...dry,
});
export const algorithmBody = imported.omit({ record: true }).extend({
  /** Whether it begins with the template: it has no version of its own to come. */
  template: z.boolean().default(false),
  ...dry,
});
