// The scratch of one call: files and folders in memory, gone with it. Everything in it is bounded, because it lies beside the
// module's memory in an isolate that others share.
import { wasiError } from "./errno.ts";

/** Bytes of all files together. */
export const SCRATCH_BYTES = 16 * 1024 * 1024;
/** Files and folders. */
export const SCRATCH_NODES = 4_096;
/** Bytes of one name in a path, and of a path. */
export const NAME_BYTES = 255;
export const PATH_BYTES = 4_096;

/** How much longer than its file a buffer may be: SCRATCH_BYTES times this is LIMITS.foreignBytes. */
const SLACK = 1.5;

/** Bytes' worth of looking at one entry of a folder. */
export const NODE_WORK = 200;
/** And of a step up. */
const STEP_WORK = 10;

export class FileNode {
  readonly kind = "file";
  readonly inode: number;
  readonly #scratch: Scratch;
  #bytes = new Uint8Array(0);
  size = 0;

  constructor(scratch: Scratch, inode: number) {
    this.#scratch = scratch;
    this.inode = inode;
  }

  /** Bytes of its buffer. */
  get room(): number {
    return this.#bytes.length;
  }

  /** A view of what lies at an offset, at most `length` bytes. */
  read(offset: number, length: number): Uint8Array {
    return this.#bytes.subarray(Math.min(offset, this.size), Math.min(offset + length, this.size));
  }

  write(offset: number, bytes: Uint8Array): void {
    const end = offset + bytes.length;
    if (end > this.size) this.resize(end);
    this.#bytes.set(bytes, offset);
  }

  /**
   * Grows with zeros, or cuts. The buffer is never longer than SLACK times what is in it, so that all buffers together stay
   * below LIMITS.foreignBytes: a file that was cut must not keep what it gave back.
   * @throws WasiError nospc
   */
  resize(size: number): void {
    const room = this.#bytes.length;
    this.#scratch.take(size - this.size);
    if (size > room) this.#move(Math.min(SCRATCH_BYTES, Math.max(size, Math.floor(SLACK * room))), this.size);
    else if (size * SLACK < room) this.#move(size, size);
    else if (size < this.size) {
      this.#scratch.work += this.size - size;
      this.#bytes.fill(0, size, this.size);
    }
    this.size = size;
  }

  /** Takes another buffer, with the first bytes of this one. */
  #move(room: number, kept: number): void {
    this.#scratch.work += room;
    const moved = new Uint8Array(room);
    moved.set(this.#bytes.subarray(0, kept));
    this.#bytes = moved;
  }

  /** The bytes go back to the scratch. */
  drop(): void {
    this.#scratch.take(-this.size);
    this.#bytes = new Uint8Array(0);
    this.size = 0;
  }
}

export class FolderNode {
  readonly kind = "folder";
  readonly inode: number;
  /** Another one once it was moved. */
  parent: FolderNode | null;
  readonly entries = new Map<string, FileNode | FolderNode>();
  readonly size = 0;

  constructor(inode: number, parent: FolderNode | null) {
    this.inode = inode;
    this.parent = parent;
  }
}

export type Node = FileNode | FolderNode;

/** What a path comes to: its last name in its folder, and what stands there now. */
export interface Found {
  readonly folder: FolderNode;
  readonly name: string;
  readonly node: Node | undefined;
}

export class Scratch {
  readonly root = new FolderNode(1, null);
  /** Bytes touched beyond those that were asked for: to be paid for. */
  work = 0;
  #inodes = 1;
  #nodes = 1;
  #bytes = 0;

  /** Takes room for bytes, or gives it back. @throws WasiError nospc */
  take(bytes: number): void {
    if (this.#bytes + bytes > SCRATCH_BYTES) throw wasiError("nospc");
    this.#bytes += bytes;
  }

  /** Follows a path; there are no links. @throws WasiError */
  find(from: FolderNode, path: string): Found {
    if (path.startsWith("/")) throw wasiError("notcapable");
    const names = path.split("/").filter((name) => name !== "" && name !== ".");
    let folder = from;
    let found: Found = { folder, name: ".", node: from };
    for (const [at, name] of names.entries()) {
      if (name.length > NAME_BYTES) throw wasiError("nametoolong");
      if (at > 0) folder = asFolder(found.node);
      if (name === "..") {
        // Above the scratch there is nothing a module could be capable of.
        if (folder.parent === null) throw wasiError("notcapable");
        found = { folder: folder.parent, name: ".", node: folder.parent };
      } else found = { folder, name, node: folder.entries.get(name) };
    }
    // A path that ends in a slash means a folder.
    if (path.endsWith("/") && found.node?.kind === "file") throw wasiError("notdir");
    return found;
  }

  #inode(): number {
    if (this.#nodes >= SCRATCH_NODES) throw wasiError("nospc");
    this.#nodes += 1;
    return (this.#inodes += 1);
  }

  makeFile({ folder, name }: Found): FileNode {
    const node = new FileNode(this, this.#inode());
    folder.entries.set(name, node);
    return node;
  }

  makeFolder({ folder, name, node }: Found): void {
    if (node !== undefined) throw wasiError("exist");
    folder.entries.set(name, new FolderNode(this.#inode(), folder));
  }

  /** Removes a file or an empty folder. */
  remove({ folder, name, node }: Found, kind: Node["kind"]): void {
    if (node === undefined) throw wasiError("noent");
    if (node.kind !== kind) throw wasiError(kind === "file" ? "isdir" : "notdir");
    if (name === ".") throw wasiError("inval");
    if (node.kind === "folder" && node.entries.size > 0) throw wasiError("notempty");
    folder.entries.delete(name);
    this.#nodes -= 1;
    if (node.kind === "file") node.drop();
  }

  /** Moves what stands at one path to another, over a file or an empty folder of its kind that stands there. */
  rename(from: Found, to: Found): void {
    const { node } = from;
    if (node === undefined) throw wasiError("noent");
    // The way up from where it goes can be as long as there are folders.
    this.work += node.kind === "file" ? 0 : this.#nodes * STEP_WORK;
    if (from.name === "." || to.name === "." || isWithin(to.folder, node)) throw wasiError("inval");
    if (to.node === node) return;
    if (to.node !== undefined) this.remove(to, node.kind);
    from.folder.entries.delete(from.name);
    to.folder.entries.set(to.name, node);
    if (node.kind === "folder") node.parent = to.folder;
  }
}

function asFolder(node: Node | undefined): FolderNode {
  if (node === undefined) throw wasiError("noent");
  if (node.kind !== "folder") throw wasiError("notdir");
  return node;
}

function isWithin(folder: FolderNode, node: Node): boolean {
  for (let at: FolderNode | null = folder; at !== null; at = at.parent) if (at === node) return true;
  return false;
}
