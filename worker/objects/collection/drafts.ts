// Files that algorithms write. The bytes come while the call runs and are *held*: an upload that nobody can see. When the call
// tree has ended its writes are *prepared*; when it has settled they become files, all at once. What was held and is not
// prepared is buried. Knows no I/O beyond the collection's tables.
import { CHUNK_BYTES, chunkPlace, type collectionStatements } from "../../../kv-schema/tables/collection.ts";
import { LIMITS } from "../../limits.ts";
import { type Result, err, ok } from "../../market/result.ts";
import { createHash } from "node:crypto";
import type { PreparedCall, PreparedCalls } from "../prepared/calls.ts";
import { type FilesCommit, type Held, seenOf } from "./protocol.ts";
import { type Received, joined, pieces } from "./store.ts";

type Statements = ReturnType<typeof collectionStatements>;

/** What a collection does when a write becomes so. */
export interface Pointing {
  point(file: string, upload: number, received: Received): void;
  unpoint(file: string): void;
}

export class Drafts {
  readonly #sql: Statements;
  readonly #prepared: PreparedCalls;

  constructor(sql: Statements, prepared: PreparedCalls) {
    this.#sql = sql;
    this.#prepared = prepared;
  }

  /** Takes up what was prepared when the object was last in memory. */
  restore(): void {
    for (const row of this.#sql.prepared()) {
      const keys = new Set(this.#sql.preparedWrites(row.call).map(({ file }) => file));
      this.#prepared.add({ ...row, growth: 0, keys });
    }
  }

  /** Keeps bytes for a call; in a transaction, once there is room for them. */
  hold(call: string, file: string, bytes: Uint8Array): Held {
    const now = Date.now();
    const upload = this.#sql.newUpload(file, "held", now);
    for (let at = 0, chunk = 0; at < bytes.length; at += CHUNK_BYTES, chunk++) {
      this.#sql.putChunk(chunkPlace(upload, 0, chunk), bytes.slice(at, at + CHUNK_BYTES).buffer);
    }
    const md5 = createHash("md5").update(bytes).digest("hex");
    this.#sql.putPart(upload, { number: 0, start: 0, bytes: bytes.length, md5 });
    const row = this.#sql.upload(upload);
    if (row !== undefined) this.#sql.setUpload(row, "held", bytes.length, now);
    this.#sql.holdFor(upload, call);
    return { upload, size: bytes.length };
  }

  /** What a call holds, from `from`, at most `count` bytes; null when it holds no such upload. */
  read(call: string, upload: number, from: number, count: number): Uint8Array | null {
    const held = this.#sql.heldBy(upload, call);
    if (held === undefined) return null;
    const below = Math.min(held.bytes, from + count);
    if (from >= below) return new Uint8Array(0);
    return joined(
      pieces(this.#sql, upload, this.#sql.parts(upload), { from, below }, () => true),
      below - from,
    );
  }

  /** A call that has prepared a file which this one read or writes. */
  inTheWay({ reads, writes }: FilesCommit): PreparedCall | undefined {
    for (const { file } of [...reads, ...writes]) {
      const writer = this.#prepared.writerOf(file);
      if (writer !== undefined) return writer;
    }
    return undefined;
  }

  /** In a transaction. @see Collection.prepare */
  prepare(commit: FilesCommit): Result<null, "conflict" | "full"> {
    const { call, account, writes } = commit;
    if (!this.#holds(commit)) return err("conflict");
    const since = Date.now();
    if (writes.length > 0) this.#sql.prepare(call, account, since);
    for (const write of writes) this.#sql.prepareWrite(call, write);
    this.#sql.buryHeld(call);
    if ((this.#sql.self()?.files ?? 0) + this.#sql.preparedFiles() > LIMITS.files) {
      this.#sql.forget(call);
      return err("full");
    }
    if (writes.length > 0) {
      this.#prepared.add({ call, account, since, growth: 0, keys: new Set(writes.map(({ file }) => file)) });
    }
    return ok(null);
  }

  /** Whether all that the call read is still so, and all that it wrote is still here. */
  #holds({ call, reads, writes }: FilesCommit): boolean {
    const same = reads.every(({ file, seen }) => {
      const now = this.#sql.file(file);
      return (now === undefined ? null : seenOf(now)) === seen;
    });
    return same && writes.every(({ upload }) => upload === null || this.#sql.heldBy(upload, call) !== undefined);
  }

  /** In a transaction: what the call has prepared becomes so. */
  confirm(call: string, to: Pointing): void {
    for (const { file, upload } of this.#sql.preparedWrites(call)) {
      const [part] = upload === null ? [] : this.#sql.parts(upload);
      if (upload !== null && part !== undefined) to.point(file, upload, part);
      else to.unpoint(file);
    }
    this.#sql.adopt(call);
    this.#sql.forget(call);
  }

  /** In a transaction: nothing of the call remains. */
  drop(call: string): void {
    this.#sql.forget(call);
    this.#sql.buryHeld(call);
  }
}
