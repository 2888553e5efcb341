// What a call that runs from a collection is answered by the collection itself: the same as worker/calls/data.ts would answer
// elsewhere. Whose files it may see was decided at home; the ACL is asked at every look.
import type { FileRow, collectionStatements } from "../../../kv-schema/tables/collection.ts";
import type { Reader } from "../../data/acl.ts";
import { type DataPath, type Place, ownShelf, readPath } from "../../data/path.ts";
import { LIMITS } from "../../limits.ts";
import type { Home, Reads } from "../near/host.ts";
import type { NearRan } from "../near/near.ts";
import type { Drafting } from "./drafting.ts";
import { CHANGED, type FilesLooks, type Seen, seenOf } from "./protocol.ts";
import { joined, pieces } from "./store.ts";

/** As whom a call reads the collection, and how its module's paths are to be understood. */
export interface NearPlace {
  readonly place: Place;
  readonly reader: Reader;
  /** The account `.my` stands for. */
  readonly account: string;
  /** `owner/name` of the algorithm. */
  readonly algorithm: string;
}

/** The collection's side. */
interface Floor {
  readonly sql: ReturnType<typeof collectionStatements>;
  /** Whether who asks may know of the collection. */
  readonly visible: () => boolean;
  readonly drafts: Pick<Drafting, "decided">;
}

export type FilesHome = Home<FilesLooks>;
export type FilesRan = NearRan<FilesLooks>;

const NOTHING = new Uint8Array(0);

export class FileReads implements Reads<FilesLooks> {
  readonly #floor: Floor;
  readonly #from: NearPlace;
  readonly #looks = new Map<string, Seen>();

  constructor(floor: Floor, from: NearPlace) {
    this.#floor = floor;
    this.#from = from;
  }

  dataSize(path: string): Promise<number | null> | undefined {
    const name = this.#file(path);
    return name === null ? undefined : this.#look(name, ({ size }) => size);
  }

  dataRead(path: string, from: number, count: number): Promise<Uint8Array | null> | undefined {
    const name = this.#file(path);
    return name === null ? undefined : this.#look(name, (file) => this.#bytes(file, from, count));
  }

  dataList(path: string, after: string, limit: number): Promise<readonly string[] | null> | undefined {
    return this.#here(path)?.kind === "collection" ? this.#list(after, limit) : undefined;
  }

  get some(): boolean {
    return this.#floor.visible();
  }

  looks(): FilesLooks {
    return [...this.#looks].map(([file, seen]) => ({ file, seen }));
  }

  #bytes(file: FileRow, from: number, count: number): Uint8Array {
    const below = Math.min(file.size, from + Math.min(count, LIMITS.dataReadBytes + 1));
    if (from >= below) return NOTHING;
    const { sql } = this.#floor;
    return joined(
      pieces(sql, file.upload, sql.parts(file.upload), { from, below }, () => true),
      below - from,
    );
  }

  async #list(after: string, limit: number): Promise<readonly string[] | null> {
    await this.#floor.drafts.decided();
    if (!this.#floor.visible()) return null;
    return this.#floor.sql.files(after, limit).map(({ name }) => name);
  }

  /** Looks at a file as it is now, in one go with whatever is read of it; null: there is none that may be read. */
  async #look<T>(name: string, of: (file: FileRow) => T): Promise<T | null> {
    const { sql, visible, drafts } = this.#floor;
    await drafts.decided(name);
    const file = (visible() ? sql.file(name) : undefined) ?? null;
    const seen = file === null ? null : seenOf(file);
    this.#looks.set(name, this.#looks.has(name) && this.#looks.get(name) !== seen ? CHANGED : seen);
    return file === null ? null : of(file);
  }

  #file(path: string): string | null {
    const here = this.#here(path);
    return here?.kind === "file" ? here.file : null;
  }

  /** A path that leads into this collection; null: elsewhere, or that needs to be looked up. */
  #here(path: string): Extract<DataPath, { readonly place: Place }> | null {
    const { place, account, algorithm } = this.#from;
    const spelled = ownShelf(path, algorithm);
    const read = spelled === null ? null : readPath(spelled, account);
    if (read === null || !read.ok || !("place" in read.value)) return null;
    const { owner, collection } = read.value.place;
    const same = owner.toLowerCase() === place.owner.toLowerCase() && collection === place.collection;
    return same ? read.value : null;
  }
}
