// Collection: the files of one data collection. A file points at the upload that holds its bytes: it is replaced by
// pointing elsewhere in one transaction, so that no reader ever sees a mixture, and a broken upload leaves nothing to see.
import {
  COLLECTION_MIGRATIONS,
  type CollectionRow,
  type FileRow,
  PARTS,
  type PartRow,
  collectionStatements,
} from "../../../kv-schema/tables/collection.ts";
import { type ReadAcl, type Reader, isPublic, mayRead } from "../../data/acl.ts";
import { type Condition, type Span, type Validators, conditionOf, rangeApplies, rangeOf } from "../../data/range.ts";
import type { Env } from "../../env.ts";
import { LIMITS } from "../../limits.ts";
import { type Result, err, ok } from "../../market/result.ts";
import { Agenda } from "../agenda/agenda.ts";
import { type NearRun, NearRuns } from "../near/near.ts";
import { Noun } from "../noun.ts";
import { Drafting } from "./drafting.ts";
import { Cuts, type Wanted } from "./cut.ts";
import { type Mapped, type MapHere, mapChunks } from "./mapping.ts";
import { FileReads, type FilesHome, type FilesRan, type NearPlace } from "./near.ts";
import {
  type CollectionFacts,
  type FileFacts,
  type FilesCommit,
  type Held,
  type Put,
  type Read,
  type ReadError,
  type UploadFacts,
  WHOLE_BYTES,
  type WriteError,
} from "./protocol.ts";
import { Parts } from "./parts.ts";
import { Readers } from "./readers.ts";
import { Room } from "./room.ts";
import { LOST_MS, nextSweep } from "./sweep.ts";
import { type Received, digest, joined, pieces, receive, receiveWhole, send, sweepChunks } from "./store.ts";

const SWEEP = "sweep";
const PREPARED = "prepared";

const facts = ({ name, size, md5, modified }: FileRow): FileFacts => ({ name, size, md5, modified });
const validators = (file: FileRow): Validators => ({ etag: `"${file.md5}"`, modified: file.modified });
const aclOf = (row: CollectionRow): ReadAcl | null => (row.read === null ? null : (JSON.parse(row.read) as ReadAcl));

export class Collection extends Noun {
  readonly #sql = collectionStatements(this.db);
  readonly #agenda = new Agenda(this.ctx.storage, this.db);
  #room = new Room(this.env, this.#sql);
  readonly #drafts = new Drafting({
    env: this.env,
    sql: this.#sql,
    exists: () => this.established && this.#sql.self() !== undefined,
    transaction: (work) => this.transaction(work),
    point: (file, upload, received) => void this.#point(file, upload, received),
    unpoint: (file) => this.#unpoint(file),
    planSweep: () => this.#planSweep(),
    planPrepared: () => this.#agenda.planBy(PREPARED, "", Date.now() + LIMITS.preparedSweepMs),
  });
  readonly #readers = new Readers();
  readonly #parts = new Parts(this.ctx.storage, this.#sql);
  readonly #cuts = new Cuts(this.#sql);
  readonly #near = new NearRuns(this.env, this.ctx);
  /** Changes when everything is deleted: what was under way then must not go on in a collection made anew. */
  #life = Symbol();

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, COLLECTION_MIGRATIONS);
    if (!this.established) return;
    this.#drafts.restore();
    this.#parts.dropLost();
  }

  /** Makes the collection; making it again says so. */
  create(owner: string, name: string, kind: CollectionRow["kind"], acl: ReadAcl | null): Result<null, "exists"> {
    this.establish();
    if (this.#sql.self() !== undefined) return err("exists");
    this.#sql.create(owner, name, kind, acl === null ? null : JSON.stringify(acl), Date.now());
    return ok(null);
  }

  /** Whether it exists, and who may read it. */
  facts(reader: Reader): CollectionFacts | null {
    const row = this.#visible(reader);
    return row === undefined ? null : { owner: row.owner, name: row.name, acl: aclOf(row) };
  }

  setAcl(acl: ReadAcl): Result<null, "absent"> {
    const row = this.established ? this.#sql.self() : undefined;
    if (row === undefined || row.read === null) return err("absent");
    this.#sql.setRead(JSON.stringify(acl));
    return ok(null);
  }

  /** @param after names after this one */
  async list(reader: Reader, after: string, limit: number): Promise<Result<readonly FileFacts[], ReadError>> {
    await this.#drafts.decided();
    if (this.#visible(reader) === undefined) return err("absent");
    return ok(this.#sql.files(after, limit).map(facts));
  }

  /** Deletes the collection with all its files. @returns how many there were */
  async remove(force: boolean): Promise<Result<number, "absent" | "not-empty">> {
    if (!force) await this.#drafts.decided();
    if (!this.established || this.#sql.self() === undefined) return err("absent");
    const files = this.#files();
    if (files > 0 && !force) return err("not-empty");
    this.#life = Symbol();
    this.#room.end();
    this.#room = new Room(this.env, this.#sql);
    this.#readers.clear();
    this.#cuts.clear();
    this.#parts.clear();
    await this.erase();
    // Who waited finds nothing now.
    this.#drafts.clear();
    return ok(files);
  }

  /** A file, whole or in part, or its facts alone (`head`). */
  async read(
    reader: Reader,
    name: string,
    headers: readonly (readonly [string, string])[],
    head: boolean,
  ): Promise<Result<Read, ReadError>> {
    await this.#drafts.decided(name);
    const file = this.#visible(reader) === undefined ? undefined : this.#sql.file(name);
    if (file === undefined) return err("absent");
    const wanted = new Headers(headers.map(([key, value]) => [key, value]));
    const condition: Condition = conditionOf(wanted, validators(file), true);
    if (condition !== "go-on")
      return ok({ kind: condition === "failed" ? "precondition-failed" : condition, file: facts(file) });
    const ranged = rangeApplies(wanted, validators(file)) ? rangeOf(wanted.get("Range"), file.size) : "whole";
    if (ranged === "unsatisfiable") return ok({ kind: "unsatisfiable", file: facts(file) });
    const span = ranged === "whole" ? { from: 0, below: file.size } : ranged;
    const body = head ? null : this.#body(file, span);
    return ok({ kind: "bytes", file: facts(file), span: ranged === "whole" ? null : ranged, body });
  }

  /** Runs a call from here: what it reads of these files it reads on the spot. */
  runNear(run: NearRun, from: NearPlace, home: FilesHome): FilesRan {
    const visible = (): boolean => this.#visible(from.reader) !== undefined;
    return this.#near.run(run, home, new FileReads({ sql: this.#sql, visible, drafts: this.#drafts }, from));
  }

  /** Runs tasks of a job on chunks of these files. */
  map(reader: Reader, ...asked: MapHere): Mapped {
    return mapChunks({ env: this.env, ctx: this.ctx, cut: (...wanted) => this.cut(reader, ...wanted) }, ...asked);
  }

  /** @see Cuts.cut */
  cut(reader: Reader, ...wanted: Wanted): ReturnType<Cuts["cut"]> {
    return this.#cuts.cut(this.#seen(reader), ...wanted);
  }

  /** @see Cuts.borders */
  borders(reader: Reader, name: string, md5: string, units: number): ReturnType<Cuts["borders"]> {
    return this.#cuts.borders(this.#seen(reader), { file: name, md5 }, units);
  }

  #seen(reader: Reader): (name: string) => FileRow | undefined {
    return (name) => (this.#visible(reader) === undefined ? undefined : this.#sql.file(name));
  }

  #body(file: FileRow, span: Span): Uint8Array | ReadableStream<Uint8Array> {
    const life = this.#life;
    const alive = (): boolean => this.#life === life;
    const source = pieces(this.#sql, file.upload, this.#sql.parts(file.upload), span, alive);
    if (span.below - span.from <= WHOLE_BYTES) return joined(source, span.below - span.from);
    this.#readers.come(file.upload);
    return send(source, () => {
      if (alive()) this.#readers.leave(file.upload);
    });
  }

  /**
   * Writes a file. Until the last byte has come and is checked, readers see what was there before.
   * @param body bytes (at most WHOLE_BYTES), or a byte stream
   */
  async put(put: Put, body: Uint8Array | ReadableStream<Uint8Array>): Promise<Result<FileFacts, WriteError>> {
    await this.#drafts.decided(put.file);
    const refused = this.#refusal(put);
    if (refused !== null) {
      if (body instanceof ReadableStream) await body.cancel("refused").catch(() => undefined);
      return err(refused);
    }
    const done = body instanceof Uint8Array ? await this.#putWhole(put, body) : await this.#putStream(put, body);
    await this.#planSweep();
    return done;
  }

  #refusal(put: Put): WriteError | null {
    const visible = this.#visible(put.reader);
    if (visible === undefined) return "absent";
    if (put.reader !== "owner") return "forbidden";
    const before = this.#sql.file(put.file);
    if (this.#failsCondition(put, before)) return "precondition-failed";
    if (before === undefined && this.#files() >= LIMITS.files) return "too-many-files";
    return put.length !== null && put.length > LIMITS.fileBytes ? "too-large" : null;
  }

  #files(): number {
    return this.#sql.self()?.files ?? 0;
  }

  #failsCondition(put: Put, current: FileRow | undefined): boolean {
    const headers = new Headers(put.headers.map(([key, value]) => [key, value]));
    return conditionOf(headers, current === undefined ? null : validators(current), false) !== "go-on";
  }

  async #putWhole(put: Put, bytes: Uint8Array): Promise<Result<FileFacts, WriteError>> {
    const life = this.#life;
    const room = this.#room;
    const taken = await room.take(bytes.length);
    if (!taken.ok) return taken;
    room.leave(bytes.length);
    if (this.#life !== life) return err("absent");
    return this.transaction(() => {
      const upload = this.#sql.newUpload(put.file, "stream", Date.now());
      return this.#finish(put, upload, receiveWhole(this.#sql, upload, bytes));
    });
  }

  async #putStream(put: Put, body: ReadableStream<Uint8Array>): Promise<Result<FileFacts, WriteError>> {
    const life = this.#life;
    const announced = await this.#room.check(put.length ?? 0);
    if (!announced.ok || this.#life !== life) {
      await body.cancel("refused").catch(() => undefined);
      return announced.ok ? err("absent") : announced;
    }
    const upload = this.#sql.newUpload(put.file, "stream", Date.now());
    await this.#agenda.planBy(SWEEP, "", Date.now() + LOST_MS);
    // A stream that breaks off is one whose length is wrong.
    let refusal: WriteError = "length";
    const received = await receive(this.ctx.storage, this.#sql, upload, 0, body, async (bytes) => {
      const grown = await this.#grow(upload, bytes, life);
      if (!grown.ok) refusal = grown.error;
      return grown.ok;
    }).catch(() => null);
    if (this.#life !== life) return err("absent");
    const done = received === null ? err(refusal) : this.transaction(() => this.#finish(put, upload, received));
    if (!done.ok) this.#sql.bury(upload);
    return done;
  }

  /** Notes that an upload has grown; the quota is asked before the bytes are kept. */
  async #grow(upload: number, bytes: number, life: symbol): Promise<Result<null, WriteError>> {
    if (bytes > LIMITS.fileBytes) return err("too-large");
    if (this.#life !== life) return err("absent");
    const more = bytes - (this.#sql.upload(upload)?.bytes ?? 0);
    const room = this.#room;
    const taken = await room.take(more);
    if (!taken.ok) return taken;
    room.leave(more);
    const row = this.#life === life ? this.#sql.upload(upload) : undefined;
    if (row === undefined || row.state === "dead") return err("absent");
    this.#sql.setUpload(row, row.state, bytes, Date.now());
    return ok(null);
  }

  /** Checks what came and makes it the file. */
  #finish(put: Put, upload: number, received: Received): Result<FileFacts, WriteError> {
    const before = this.#sql.file(put.file);
    if (put.length !== null && put.length !== received.bytes) return this.#discard(upload, "length");
    if (put.md5 !== null && put.md5 !== received.md5) return this.#discard(upload, "checksum");
    // Somebody else may have written meanwhile.
    if (this.#failsCondition(put, before)) return this.#discard(upload, "precondition-failed");
    this.#sql.putPart(upload, { number: 0, start: 0, ...received });
    return ok(this.#point(put.file, upload, received));
  }

  #discard(upload: number, reason: WriteError): Result<never, WriteError> {
    this.#sql.bury(upload);
    return err(reason);
  }

  /** Makes an upload the content of a file. */
  #point(name: string, upload: number, { bytes, md5 }: Received): FileFacts {
    const before = this.#sql.file(name);
    // Time never goes back for one file: a validator must change with the content.
    const modified = Math.max(Date.now(), before?.modified ?? 0);
    const file: FileRow = { name, upload, size: bytes, md5, modified };
    const row = this.#sql.upload(upload);
    if (row !== undefined) this.#sql.setUpload(row, "live", bytes, modified);
    if (before === undefined) this.#sql.addFile(file);
    else {
      this.#sql.replaceFile(file);
      this.#sql.bury(before.upload);
    }
    return facts(file);
  }

  #unpoint(name: string): void {
    const file = this.#sql.file(name);
    if (file === undefined) return;
    this.#sql.removeFile(name);
    this.#sql.bury(file.upload);
  }

  /** Deletes a file. */
  async removeFile(reader: Reader, name: string): Promise<Result<null, "absent" | "forbidden">> {
    await this.#drafts.decided(name);
    if (this.#visible(reader) === undefined) return err("absent");
    if (reader !== "owner") return err("forbidden");
    if (this.#sql.file(name) === undefined) return err("absent");
    this.transaction(() => this.#unpoint(name));
    await this.#agenda.planBy(SWEEP, "", Date.now());
    return ok(null);
  }

  /** Begins a resumable upload: parts in any order, side by side, then `complete`. */
  async begin(file: string, size: number): Promise<Result<UploadFacts, WriteError>> {
    if (!this.established || this.#sql.self() === undefined) return err("absent");
    if (size > LIMITS.fileBytes) return err("too-large");
    if (this.#sql.file(file) === undefined && this.#files() >= LIMITS.files) return err("too-many-files");
    const life = this.#life;
    const room = await this.#room.check(size);
    if (!room.ok) return room;
    if (this.#life !== life) return err("absent");
    const id = this.#sql.newUpload(file, "parts", Date.now());
    await this.#agenda.planBy(SWEEP, "", Date.now() + LIMITS.uploadMs);
    return ok({ id, file, parts: [], until: Date.now() + LIMITS.uploadMs });
  }

  /** A resumable upload under way, or null. */
  upload(id: number): UploadFacts | null {
    const row = this.established ? this.#sql.upload(id) : undefined;
    if (row === undefined || row.state !== "parts") return null;
    const parts = this.#sql.parts(id).map(({ number, bytes, md5 }) => ({ number, bytes, md5 }));
    return { id, file: row.file, parts, until: row.touched + LIMITS.uploadMs };
  }

  /** Receives one part; sending it again replaces it. @param number 0 to 511 */
  async putPart(
    id: number,
    number: number,
    body: ReadableStream<Uint8Array>,
    md5: string | null,
  ): Promise<Result<PartRow, WriteError>> {
    if (this.upload(id) === null || number < 0 || number >= PARTS) {
      await body.cancel("refused").catch(() => undefined);
      return err("absent");
    }
    // Should this process die meanwhile, another wakes to sweep what it leaves, uncounted as it is.
    await this.#agenda.planBy(SWEEP, "", Date.now() + LOST_MS);
    const life = this.#life;
    return this.#parts.receive({ id, number, body, md5 }, this.#room, () => this.#life === life);
  }

  /** Makes the parts, 0 to n - 1, a file. */
  async complete(id: number, put: Put): Promise<Result<FileFacts, WriteError>> {
    await this.#drafts.decided(put.file);
    const refused = this.#refusal(put);
    if (refused !== null) return err(refused);
    const parts = this.#sql.parts(id);
    if (this.upload(id) === null) return err("absent");
    if (parts.length === 0 || parts.some((part, index) => part.number !== index)) return err("length");
    let start = 0;
    const placed = parts.map((part) => ({ ...part, start: (start += part.bytes) - part.bytes }));
    if (start > LIMITS.fileBytes) return err("too-large");
    const life = this.#life;
    const alive = (): boolean => this.#life === life;
    const md5 = await digest(this.#sql, id, placed, alive).catch(() => null);
    if (!alive()) return err("absent");
    const done = this.transaction((): Result<FileFacts, WriteError> => {
      if (this.upload(id) === null) return err("absent");
      // A part that was sent again meanwhile, or is just coming: what was read is not what is there.
      if (md5 === null || JSON.stringify(this.#sql.parts(id)) !== JSON.stringify(parts)) return err("length");
      if (put.length !== null && put.length !== start) return err("length");
      if (put.md5 !== null && put.md5 !== md5) return err("checksum");
      if (this.#failsCondition(put, this.#sql.file(put.file))) return err("precondition-failed");
      for (const part of placed) this.#sql.putPart(id, part);
      return ok(this.#point(put.file, id, { bytes: start, md5 }));
    });
    await this.#agenda.planBy(SWEEP, "", Date.now());
    return done;
  }

  /** Gives a resumable upload up. */
  async abort(id: number): Promise<Result<null, "absent">> {
    if (this.upload(id) === null) return err("absent");
    this.#sql.bury(id);
    await this.#agenda.planBy(SWEEP, "", Date.now());
    return ok(null);
  }

  override async alarm(): Promise<void> {
    if (!this.established) return;
    await this.#agenda.serve(Date.now(), (kind) => (kind === PREPARED ? this.#drafts.resolve() : this.#sweep()));
    if (this.#drafts.waiting) await this.#agenda.planBy(PREPARED, "", Date.now() + LIMITS.preparedSweepMs);
  }

  /**
   * Keeps bytes that a call writes, for nobody to see until it has settled.
   * @param bytes at most LIMITS.dataWriteBytes
   */
  async hold(call: string, reader: Reader, file: string, bytes: Uint8Array): Promise<Result<Held, WriteError>> {
    const refused = this.#refusal({ reader, file, headers: [], length: bytes.length, md5: null });
    if (refused !== null) return err(refused);
    const life = this.#life;
    const room = this.#room;
    const taken = await room.take(bytes.length);
    if (!taken.ok) return taken;
    room.leave(bytes.length);
    if (this.#life !== life) return err("absent");
    return ok(await this.#drafts.keep(call, file, bytes));
  }

  /** Bytes of what a call holds; null when it holds no such upload. */
  readHeld(call: string, upload: number, from: number, count: number): Uint8Array | null {
    return this.#drafts.read(call, upload, from, count);
  }

  /** Waits until nobody else holds the files, then holds them until release, or LIMITS.stateHoldMs. */
  take(call: string): Promise<void> {
    return this.#drafts.take(call);
  }

  release(call: string): void {
    this.#drafts.release(call);
  }

  /**
   * Keeps a call's writes ready: they count when the call has settled, and not before. Again with the same call changes nothing.
   * @returns conflict: something the call read has changed, or what it wrote is gone; full: there would be too many files
   */
  prepare(commit: FilesCommit): Promise<Result<null, "conflict" | "full">> {
    return this.#drafts.prepare(commit);
  }

  /** The call has settled: its writes become the collection's. */
  confirm(call: string): Promise<void> {
    return this.#drafts.confirm(call);
  }

  /** The call will not settle: what it wrote is forgotten. */
  drop(call: string): Promise<void> {
    return this.#drafts.drop(call);
  }

  async #planSweep(): Promise<void> {
    const next = this.established ? nextSweep(this.#sql, Date.now(), false) : null;
    if (next !== null) await this.#agenda.planBy(SWEEP, "", next);
  }

  /** Deletes the bytes nobody can reach any more, in steps, and gives back their share of the quota. */
  async #sweep(): Promise<void> {
    const now = Date.now();
    this.#expire(now);
    this.#sql.buryStale("stream", now - LOST_MS);
    this.#sql.buryStale("parts", now - LIMITS.uploadMs);
    this.#sql.buryLostHeld(now - LOST_MS);
    this.#parts.dropLost();
    let busy = false;
    for (const upload of this.#sql.dead()) {
      if (this.#readers.has(upload.id)) busy = true;
      else if (sweepChunks(this.#sql, upload.id)) this.transaction(() => this.#sql.removeUpload(upload));
    }
    await this.#room.shrink();
    const next = this.established ? nextSweep(this.#sql, now, busy) : null;
    // What is being served now has a plan still: it is moved, or dropped when the work is done.
    if (next !== null) await this.#agenda.plan(SWEEP, "", next);
  }

  #expire(now: number): void {
    if (this.#sql.self()?.kind !== "temp") return;
    for (const file of this.#sql.olderThan(now - LIMITS.temporaryMs)) {
      this.#sql.removeFile(file.name);
      this.#sql.bury(file.upload);
    }
  }

  /** The collection, if the reader may know of it. */
  #visible(reader: Reader): CollectionRow | undefined {
    const row = this.established ? this.#sql.self() : undefined;
    return row !== undefined && mayRead(aclOf(row), reader) ? row : undefined;
  }

  /** Whether everybody may read it; null when it does not exist. For the shelf, whose row may be unsettled. */
  openness(): { readonly public: boolean } | null {
    const row = this.established ? this.#sql.self() : undefined;
    return row === undefined ? null : { public: isPublic(aclOf(row)) };
  }
}

/** @param owner canonical or not: names are one in any case of letters @param collection told apart by case */
export const collectionOf = (env: Env, owner: string, collection: string): DurableObjectStub<Collection> =>
  env.COLLECTION.get(env.COLLECTION.idFromName(`${owner.toLowerCase()}/${collection}`));
