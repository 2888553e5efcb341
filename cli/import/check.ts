// Looks through an archive before anything is sent: every record by itself, their order, and what they say of one another.
import { createHash, type Hash } from "node:crypto";
import { isReserved, skeleton } from "../../worker/market/access/names.ts";
import { LIMITS } from "../../worker/limits.ts";
import { ORDER, type ArchiveRecord, type RecordOf } from "../../worker/market/import/records.ts";
import { type Fault, readArchive } from "./archive.ts";

export type Kind = Exclude<ArchiveRecord["record"], "archive">;
export type Counts = Record<Kind, number>;

export interface Checked {
  readonly counts: Counts;
  /** Bytes of all files. */
  readonly bytes: number;
  /** Algorithms, `owner/name` in lower case, that have a version in the archive. */
  readonly versioned: ReadonlySet<string>;
  readonly faults: readonly Fault[];
}

/** Faults that are shown; an archive with more is wrong altogether. */
const FAULTS = 50;

/** A file whose records are being read. */
interface OpenFile {
  readonly name: string;
  readonly size: number;
  readonly md5: string;
  readonly hash: Hash;
  read: number;
}

const lower = (...parts: readonly string[]): string => parts.join("/").toLowerCase();
const fileName = ({ owner, collection, name }: RecordOf<"file">): string =>
  `${owner.toLowerCase()}/${collection}/${name}`;

/** What an archive has said so far. */
class Said {
  readonly counts: Counts = { user: 0, organization: 0, key: 0, collection: 0, algorithm: 0, version: 0, file: 0 };
  readonly versioned = new Set<string>();
  bytes = 0;
  #rank = -1;
  readonly #users = new Set<string>();
  readonly #accounts = new Set<string>();
  readonly #ids = new Set<string>();
  readonly #keys = new Set<string>();
  readonly #collections = new Set<string>();
  readonly #algorithms = new Map<string, string>();
  readonly #versions = new Set<string>();
  readonly #files = new Set<string>();
  #open: OpenFile | null = null;

  /** @returns what is wrong with the record where it stands */
  *hear(record: ArchiveRecord): Generator<string> {
    const rank = ORDER.indexOf(record.record);
    if (this.#rank === -1 && rank !== 0) yield "the first record must be the archive's own";
    if (rank === 0 && this.#rank >= 0) yield "an archive has one record of its own, at the beginning";
    if (rank < this.#rank) yield `a ${record.record} comes before every ${ORDER[this.#rank] ?? ""}`;
    this.#rank = Math.max(rank, this.#rank, 0);
    if (record.record === "archive") return;
    yield* this.#each(record);
    if (record.record !== "file" || record.offset === 0) this.counts[record.record]++;
  }

  /** @returns what is missing at the end */
  *end(): Generator<string> {
    if (this.#rank === -1) yield "the archive is empty";
    yield* this.#close();
  }

  #each(record: Exclude<ArchiveRecord, RecordOf<"archive">>): Generator<string> {
    switch (record.record) {
      case "user":
      case "organization":
        return this.#account(record);
      case "key":
        return this.#key(record);
      case "collection":
        return this.#collection(record);
      case "algorithm":
        return this.#algorithm(record);
      case "version":
        return this.#version(record);
      case "file":
        return this.#file(record);
    }
  }

  *#id(id: string | undefined): Generator<string> {
    if (id === undefined) return;
    if (this.#ids.has(id)) yield `the id ${id} stands twice`;
    this.#ids.add(id);
  }

  *#account(record: RecordOf<"user"> | RecordOf<"organization">): Generator<string> {
    const name = lower(record.name);
    if (this.#accounts.has(name)) yield `the name ${record.name} stands twice`;
    if (isReserved(record.name)) yield `the name ${record.name} is the platform's: rename it`;
    yield* this.#id(record.id);
    this.#accounts.add(name);
    if (record.record === "user") {
      this.#users.add(name);
      return;
    }
    for (const member of [...record.owners, ...record.members])
      if (!this.#users.has(lower(member))) yield `${member} is no user of the archive`;
  }

  *#owned(owner: string): Generator<string> {
    if (!this.#accounts.has(lower(owner))) yield `${owner} is no account of the archive`;
  }

  *#key({ account, key, sha256 }: RecordOf<"key">): Generator<string> {
    yield* this.#owned(account);
    const hash =
      sha256 ??
      createHash("sha256")
        .update(key ?? "")
        .digest("hex");
    if (this.#keys.has(hash)) yield "the key stands twice";
    this.#keys.add(hash);
  }

  *#collection({ owner, name }: RecordOf<"collection">): Generator<string> {
    yield* this.#owned(owner);
    const place = `${lower(owner)}/${name}`;
    if (this.#collections.has(place)) yield `the collection ${owner}/${name} stands twice`;
    this.#collections.add(place);
  }

  *#algorithm({ owner, name, id, default_collection: collection }: RecordOf<"algorithm">): Generator<string> {
    yield* this.#owned(owner);
    yield* this.#id(id);
    const form = lower(owner, skeleton(name));
    const like = this.#algorithms.get(form);
    if (like === name) yield `the algorithm ${owner}/${name} stands twice`;
    else if (like !== undefined) yield `${owner}/${name} looks like ${owner}/${like}: rename one of them`;
    this.#algorithms.set(form, name);
    if (collection !== undefined && !this.#collections.has(`${lower(owner)}/${collection}`))
      yield `${owner} has no collection ${collection} in the archive`;
  }

  *#version({ owner, manifest, module }: RecordOf<"version">): Generator<string> {
    const place = lower(owner, manifest.name);
    if (this.#algorithms.get(lower(owner, skeleton(manifest.name)))?.toLowerCase() !== manifest.name.toLowerCase())
      yield `${owner}/${manifest.name} is no algorithm of the archive`;
    if (this.#versions.has(`${place}/${manifest.version}`)) yield `the version ${manifest.version} stands twice`;
    const bytes = Buffer.byteLength(module, "base64");
    if (bytes > LIMITS.moduleBytes) yield `the module has ${bytes} bytes; at most ${LIMITS.moduleBytes} are taken`;
    this.#versions.add(`${place}/${manifest.version}`);
    this.versioned.add(place);
  }

  *#file(record: RecordOf<"file">): Generator<string> {
    const name = fileName(record);
    const data = Buffer.from(record.data, "base64");
    if (record.offset === 0) {
      yield* this.#close();
      if (!this.#collections.has(`${lower(record.owner)}/${record.collection}`))
        yield `${record.owner}/${record.collection} is no collection of the archive`;
      if (this.#files.has(name)) yield `the file ${name} stands twice`;
      if (record.size > LIMITS.fileBytes)
        yield `the file has ${record.size} bytes; at most ${LIMITS.fileBytes} are taken`;
      this.#files.add(name);
      this.#open = { name, size: record.size, md5: record.md5, hash: createHash("md5"), read: 0 };
    }
    const open = this.#open;
    if (open?.name !== name || open.read !== record.offset) {
      yield `a piece of ${name} does not begin where the one before ends`;
      return;
    }
    open.hash.update(data);
    open.read += data.length;
    this.bytes += data.length;
  }

  /** The file before is at its end. */
  *#close(): Generator<string> {
    const open = this.#open;
    this.#open = null;
    if (open === null) return;
    if (open.read !== open.size) yield `${open.name} has ${open.read} bytes, not ${open.size}`;
    else if (open.hash.digest("hex") !== open.md5) yield `${open.name} has not the MD5 that is said of it`;
  }
}

/** Reads all of an archive. */
export async function checkArchive(path: string): Promise<Checked> {
  const said = new Said();
  const faults: Fault[] = [];
  let last = 0;
  for await (const each of readArchive(path)) {
    last = each.line;
    if ("message" in each) faults.push(each);
    else for (const message of said.hear(each.record)) faults.push({ line: each.line, message });
    if (faults.length >= FAULTS) break;
  }
  if (faults.length < FAULTS) for (const message of said.end()) faults.push({ line: last, message });
  return { counts: said.counts, bytes: said.bytes, versioned: said.versioned, faults };
}
