// A call tree's view of one collection: which files it looked at, and what its completed invocations wrote, which later ones
// see. The bytes are held by the collection itself, for nobody else to see before the tree settles.
import { type Result, err, ok } from "../market/result.ts";
import type { Collection } from "../objects/collection/object.ts";
import {
  CHANGED,
  type FileFacts,
  type FilesLooks,
  type Held,
  type Seen,
  seenOf,
} from "../objects/collection/protocol.ts";
import type { Participant, PrepareRefusal } from "./store.ts";

/** What becomes of a file: other bytes, or null, nothing. */
export type FileWrite = Held | null;

export class FilesView implements Participant {
  readonly name: string;
  readonly at: DurableObjectStub<Collection>;
  readonly #reads = new Map<string, Seen>();
  readonly #writes = new Map<string, FileWrite>();
  #holds = false;
  #torn = false;

  /** @param name orders it among all stores */
  constructor(name: string, at: DurableObjectStub<Collection>) {
    this.name = name;
    this.at = at;
  }

  /** Notes how a file was: the first look is what the commit must find, if the tree writes the file, too. */
  saw(file: string, facts: FileFacts | null): void {
    if (!this.#reads.has(file)) this.#reads.set(file, facts === null ? null : seenOf(facts));
  }

  /** Takes over what was looked at elsewhere, before or after what is noted here: two looks that differ cannot both hold. */
  looked(looks: FilesLooks): void {
    for (const { file, seen } of looks) {
      if (seen === CHANGED) this.#torn = true;
      const known = this.#reads.get(file);
      this.#reads.set(file, known === undefined || known === seen ? seen : CHANGED);
    }
  }

  /** Notes that an invocation read two versions of a file: what it made of them is nothing, and the tree runs again. */
  tear(): void {
    this.#torn = true;
  }

  /** Notes that the collection holds bytes for the tree, whatever becomes of them. */
  holding(): void {
    this.#holds = true;
  }

  /** What completed invocations wrote; undefined: nothing. */
  written(file: string): FileWrite | undefined {
    return this.#writes.get(file);
  }

  get all(): ReadonlyMap<string, FileWrite> {
    return this.#writes;
  }

  /** Takes over the writes of an invocation that completed. */
  write(writes: ReadonlyMap<string, FileWrite>): void {
    for (const [file, write] of writes) this.#writes.set(file, write);
  }

  get writes(): boolean {
    return this.#writes.size > 0;
  }

  /** What is held and was not kept is for the collection to bury. */
  get needsNoCommit(): boolean {
    return this.#writes.size === 0 && !this.#holds && !this.#torn;
  }

  async prepare(call: string, account: string): Promise<Result<null, PrepareRefusal>> {
    if (this.#torn) return err("conflict");
    const writes = [...this.#writes].map(([file, write]) => ({ file, upload: write === null ? null : write.upload }));
    const reads = [...this.#reads].map(([file, seen]) => ({ file, seen })).filter(({ file }) => this.#writes.has(file));
    const done = await this.at.prepare({ call, account, reads, writes });
    return done.ok || done.error === "conflict" ? done : { ok: false, error: "data-full" };
  }

  confirm(call: string): Promise<void> {
    return this.at.confirm(call);
  }

  drop(call: string): Promise<void> {
    return this.at.drop(call);
  }

  hold(call: string): Promise<void> {
    return this.at.take(call);
  }

  release(call: string): Promise<void> {
    return this.at.release(call);
  }
}

/** Files of a tree's session: all of it sees them at once, nobody else ever does, and they are gone when it ends. */
export class SessionView extends FilesView {
  #holds = false;

  override holding(): void {
    this.#holds = true;
  }

  override get writes(): boolean {
    return false;
  }

  override get needsNoCommit(): boolean {
    return !this.#holds;
  }

  override async prepare(call: string): Promise<Result<null, PrepareRefusal>> {
    await this.drop(call);
    return ok(null);
  }
}

/** What one invocation has looked at, and written: its own to see until it completes, and its tree's then. */
export class Draft {
  readonly #looks = new Map<FilesView, Map<string, Seen>>();
  readonly #views = new Map<FilesView, Map<string, FileWrite>>();

  /** What it, or an invocation that completed before, wrote; undefined: nothing. */
  written(view: FilesView, file: string): FileWrite | undefined {
    const own = this.#views.get(view)?.get(file);
    return own === undefined ? view.written(file) : own;
  }

  /** Notes how a stored file was. All looks of one invocation are at the same version, or count for nothing. */
  saw(view: FilesView, file: string, facts: FileFacts | null): void {
    view.saw(file, facts);
    this.#look(view, file, facts === null ? null : seenOf(facts));
  }

  /** The same of looks that were taken elsewhere. */
  looked(view: FilesView, looks: FilesLooks): void {
    view.looked(looks);
    for (const { file, seen } of looks) this.#look(view, file, seen);
  }

  #look(view: FilesView, file: string, seen: Seen): void {
    const looks = this.#looks.get(view) ?? new Map<string, Seen>();
    if (looks.has(file) && looks.get(file) !== seen) view.tear();
    this.#looks.set(view, looks.set(file, seen));
  }

  /** All of what it wrote. */
  over(view: FilesView): ReadonlyMap<string, FileWrite> {
    const own = this.#views.get(view);
    return own === undefined ? view.all : new Map([...view.all, ...own]);
  }

  write(view: FilesView, file: string, write: FileWrite): void {
    if (view instanceof SessionView) {
      view.write(new Map([[file, write]]));
      return;
    }
    const writes = this.#views.get(view) ?? new Map<string, FileWrite>();
    this.#views.set(view, writes.set(file, write));
  }

  /** The invocation has completed. */
  handOver(): void {
    for (const [view, writes] of this.#views) view.write(writes);
  }
}
