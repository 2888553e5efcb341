// WASI preview 1 for one call, function by function: `wasi_snapshot_preview1`. Input on standard input, the answer on standard
// output, a scratch of files, virtual time and chance; no network, no processes, nothing of the machine. Each function gives
// an error number or throws one; what it costs is `index.ts`'s business.
import type { Chance, VirtualClock } from "../chance.ts";
import { Stop } from "../stop.ts";
import { type Descriptor, Descriptors, Output, Tail } from "./descriptors.ts";
import { ERRNO, wasiError } from "./errno.ts";
import { type FileNode, NODE_WORK, PATH_BYTES, Scratch, type Node } from "./files.ts";
import { FILETYPE, type Span, type WasiMemory } from "./memory.ts";

const OFLAGS = { create: 1, directory: 2, exclusive: 4, truncate: 8 } as const;
const APPEND = 1;
const CLOCKS = { realtime: 0, monotonic: 1, process: 2, thread: 3 } as const;
const EVENT = { clock: 0, read: 1, write: 2 } as const;
/** Bytes of a `dirent` before its name, of a subscription and of an event. */
const DIRENT = 24;
const SUBSCRIPTION = 48;
const EVENT_BYTES = 32;
/** Subscriptions of one poll. */
const POLLED = 1_024;
/** Characters of standard error that a failure repeats. */
const TOLD = 1_000;

/** A module ends itself: 0 answers, anything else fails. */
export class Exit extends Error {
  override readonly name = "Exit";
  readonly code: number;

  constructor(code: number) {
    super(`exit ${code}`);
    this.code = code;
  }
}

export interface World {
  readonly input: Uint8Array;
  readonly args: readonly string[];
  readonly environ: readonly string[];
  readonly clock: VirtualClock;
  readonly chance: Chance;
  /** The memory, once there is an instance. */
  readonly memory: () => WasiMemory;
}

const utf8 = new TextEncoder();
/** A number from an i64: files are far below 2^53. @throws WasiError inval */
function small(value: bigint): number {
  if (value < 0n || value > BigInt(Number.MAX_SAFE_INTEGER)) throw wasiError("inval");
  return Number(value);
}
const filetype = (node: Node): number => (node.kind === "file" ? FILETYPE.file : FILETYPE.folder);

export class System {
  readonly #world: World;
  readonly #scratch = new Scratch();
  readonly #descriptors: Descriptors;
  readonly output = new Output();
  readonly errors = new Tail();
  readonly #args: readonly Uint8Array[];
  readonly #environ: readonly Uint8Array[];

  constructor(world: World) {
    this.#world = world;
    this.#args = world.args.map((text) => utf8.encode(text));
    this.#environ = world.environ.map((text) => utf8.encode(text));
    this.#descriptors = new Descriptors([
      { kind: "input", bytes: world.input, position: 0 },
      { kind: "output", to: this.output },
      { kind: "output", to: this.errors },
      { kind: "folder", folder: this.#scratch.root, preopened: true },
    ]);
  }

  get #memory(): WasiMemory {
    return this.#world.memory();
  }

  #path(pointer: number, length: number): string {
    if (length >>> 0 > PATH_BYTES) throw wasiError("nametoolong");
    return this.#memory.text(pointer, length);
  }

  #at(folder: number, pointer: number, length: number): ReturnType<Scratch["find"]> {
    return this.#scratch.find(this.#descriptors.folder(folder), this.#path(pointer, length));
  }

  // --- arguments and environment

  #sizes(list: readonly Uint8Array[], count: number, bytes: number): void {
    this.#memory.setU32(count, list.length);
    this.#memory.setU32(
      bytes,
      list.reduce((sum, text) => sum + text.length + 1, 0),
    );
  }

  args_sizes_get(count: number, bytes: number): void {
    this.#sizes(this.#args, count, bytes);
  }

  args_get(pointers: number, texts: number): void {
    this.#memory.setStrings(this.#args, pointers, texts);
  }

  environ_sizes_get(count: number, bytes: number): void {
    this.#sizes(this.#environ, count, bytes);
  }

  environ_get(pointers: number, texts: number): void {
    this.#memory.setStrings(this.#environ, pointers, texts);
  }

  // --- time and chance

  clock_res_get(clock: number, pointer: number): void {
    if (clock > CLOCKS.thread || clock < 0) throw wasiError("inval");
    this.#memory.setU64(pointer, 1_000n);
  }

  clock_time_get(clock: number, _precision: bigint, pointer: number): void {
    if (clock > CLOCKS.thread || clock < 0) throw wasiError("inval");
    const { clock: virtual } = this.#world;
    this.#memory.setU64(pointer, clock === CLOCKS.realtime ? virtual.realtime() : virtual.monotonic());
  }

  random_get(pointer: number, length: number): void {
    this.#world.chance.fill(this.#memory.bytes(pointer, length));
  }

  // --- reading and writing

  #scatter(vectors: readonly Span[], read: (length: number) => Uint8Array): number {
    let total = 0;
    for (const { pointer, length } of vectors) {
      if (length === 0) continue;
      const bytes = read(length);
      this.#memory.bytes(pointer, length).set(bytes);
      total += bytes.length;
      if (bytes.length < length) break;
    }
    return total;
  }

  fd_read(number: number, vectors: number, count: number, result: number): void {
    const descriptor = this.#descriptors.get(number);
    if (descriptor.kind === "folder") throw wasiError("isdir");
    if (descriptor.kind === "output") throw wasiError("badf");
    const source = descriptor;
    const total = this.#scatter(this.#memory.vectors(vectors, count), (length) => {
      const from = source.position;
      const bytes =
        source.kind === "file" ? source.file.read(from, length) : source.bytes.subarray(from, from + length);
      source.position += bytes.length;
      return bytes;
    });
    this.#memory.setU32(result, total);
  }

  fd_pread(number: number, vectors: number, count: number, offset: bigint, result: number): void {
    const { file } = this.#descriptors.file(number);
    let at = small(offset);
    const total = this.#scatter(this.#memory.vectors(vectors, count), (length) => {
      const bytes = file.read(at, length);
      at += bytes.length;
      return bytes;
    });
    this.#memory.setU32(result, total);
  }

  #gather(vectors: readonly Span[], write: (bytes: Uint8Array) => void): number {
    let total = 0;
    for (const { pointer, length } of vectors) {
      if (length === 0) continue;
      write(this.#memory.bytes(pointer, length));
      total += length;
    }
    return total;
  }

  fd_write(number: number, vectors: number, count: number, result: number): void {
    const descriptor = this.#descriptors.get(number);
    if (descriptor.kind === "folder") throw wasiError("isdir");
    if (descriptor.kind === "input") throw wasiError("badf");
    const total = this.#gather(this.#memory.vectors(vectors, count), (bytes) => {
      if (descriptor.kind === "output") return descriptor.to.write(bytes);
      if ((descriptor.flags & APPEND) !== 0) descriptor.position = descriptor.file.size;
      descriptor.file.write(descriptor.position, bytes);
      descriptor.position += bytes.length;
    });
    this.#memory.setU32(result, total);
  }

  fd_pwrite(number: number, vectors: number, count: number, offset: bigint, result: number): void {
    const { file } = this.#descriptors.file(number);
    let at = small(offset);
    const total = this.#gather(this.#memory.vectors(vectors, count), (bytes) => {
      file.write(at, bytes);
      at += bytes.length;
    });
    this.#memory.setU32(result, total);
  }

  // --- descriptors

  fd_close(number: number): void {
    this.#descriptors.close(number);
  }

  fd_renumber(from: number, to: number): void {
    this.#descriptors.renumber(from, to);
  }

  fd_seek(number: number, offset: bigint, whence: number, result: number): void {
    const opened = this.#descriptors.file(number);
    const base = [0, opened.position, opened.file.size][whence];
    if (base === undefined) throw wasiError("inval");
    opened.position = small(BigInt(base) + offset);
    this.#memory.setU64(result, BigInt(opened.position));
  }

  fd_tell(number: number, result: number): void {
    this.#memory.setU64(result, BigInt(this.#descriptors.file(number).position));
  }

  fd_fdstat_get(number: number, pointer: number): void {
    const descriptor = this.#descriptors.get(number);
    const type = { input: FILETYPE.unknown, output: FILETYPE.unknown, folder: FILETYPE.folder, file: FILETYPE.file }[
      descriptor.kind
    ];
    this.#memory.setFdstat(pointer, type, descriptor.kind === "file" ? descriptor.flags : 0);
  }

  fd_fdstat_set_flags(number: number, flags: number): void {
    this.#descriptors.file(number).flags = flags;
  }

  fd_fdstat_set_rights(number: number): void {
    this.#descriptors.get(number);
  }

  fd_filestat_get(number: number, pointer: number): void {
    const descriptor = this.#descriptors.get(number);
    const node = nodeOf(descriptor);
    const size = descriptor.kind === "input" ? descriptor.bytes.length : (node?.size ?? 0);
    const type = node === null ? FILETYPE.unknown : filetype(node);
    this.#memory.setFilestat(pointer, type, node?.inode ?? 0, size, this.#world.clock.realtime());
  }

  fd_filestat_set_size(number: number, size: bigint): void {
    this.#descriptors.file(number).file.resize(small(size));
  }

  fd_filestat_set_times(number: number): void {
    this.#descriptors.get(number);
  }

  fd_allocate(number: number, offset: bigint, length: bigint): void {
    const { file } = this.#descriptors.file(number);
    const end = small(offset) + small(length);
    if (end > file.size) file.resize(end);
  }

  fd_advise(number: number): void {
    this.#descriptors.file(number);
  }

  fd_sync(number: number): void {
    this.#descriptors.get(number);
  }

  fd_datasync(number: number): void {
    this.#descriptors.get(number);
  }

  // --- folders and paths

  fd_prestat_get(number: number, pointer: number): void {
    const descriptor = this.#descriptors.get(number);
    if (descriptor.kind !== "folder" || !descriptor.preopened) throw wasiError("badf");
    this.#memory.setU32(pointer, 0);
    this.#memory.setU32(pointer + 4, 1);
  }

  fd_prestat_dir_name(number: number, pointer: number, length: number): void {
    const descriptor = this.#descriptors.get(number);
    if (descriptor.kind !== "folder" || !descriptor.preopened) throw wasiError("badf");
    if (length < 1) throw wasiError("nametoolong");
    this.#memory.bytes(pointer, 1).set(utf8.encode("/"));
  }

  fd_readdir(number: number, pointer: number, length: number, cookie: bigint, result: number): void {
    const folder = this.#descriptors.folder(number);
    const listed: [string, Node][] = [[".", folder], ["..", folder.parent ?? folder], ...folder.entries];
    this.#scratch.work += listed.length * NODE_WORK;
    const target = this.#memory.bytes(pointer, length);
    let used = 0;
    for (let next = small(cookie); next < listed.length && used < target.length; next++) {
      const [name, node] = listed[next] ?? [".", folder];
      const entry = dirent(BigInt(next + 1), name, node);
      target.set(entry.subarray(0, target.length - used), used);
      // An entry that does not fit is cut, which tells the module to ask with a larger buffer.
      used = Math.min(target.length, used + entry.length);
    }
    this.#memory.setU32(result, used);
  }

  path_create_directory(folder: number, pointer: number, length: number): void {
    this.#scratch.makeFolder(this.#at(folder, pointer, length));
  }

  path_remove_directory(folder: number, pointer: number, length: number): void {
    this.#scratch.remove(this.#at(folder, pointer, length), "folder");
  }

  path_unlink_file(folder: number, pointer: number, length: number): void {
    this.#scratch.remove(this.#at(folder, pointer, length), "file");
  }

  path_rename(from: number, pointer: number, length: number, to: number, toPointer: number, toLength: number): void {
    this.#scratch.rename(this.#at(from, pointer, length), this.#at(to, toPointer, toLength));
  }

  path_filestat_get(folder: number, _flags: number, pointer: number, length: number, result: number): void {
    const { node } = this.#at(folder, pointer, length);
    if (node === undefined) throw wasiError("noent");
    this.#memory.setFilestat(result, filetype(node), node.inode, node.size, this.#world.clock.realtime());
  }

  path_filestat_set_times(folder: number, _flags: number, pointer: number, length: number): void {
    if (this.#at(folder, pointer, length).node === undefined) throw wasiError("noent");
  }

  path_open(
    folder: number,
    _lookup: number,
    pointer: number,
    length: number,
    oflags: number,
    _rights: bigint,
    _inherited: bigint,
    flags: number,
    result: number,
  ): void {
    const found = this.#at(folder, pointer, length);
    const has = (flag: number): boolean => (oflags & flag) !== 0;
    if (found.node !== undefined && has(OFLAGS.create) && has(OFLAGS.exclusive)) throw wasiError("exist");
    if (found.node === undefined && !has(OFLAGS.create)) throw wasiError("noent");
    const descriptor = this.#opened(found, has(OFLAGS.directory), has(OFLAGS.truncate), flags);
    this.#memory.setU32(result, this.#descriptors.add(descriptor));
  }

  #opened(found: ReturnType<Scratch["find"]>, folderOnly: boolean, truncate: boolean, flags: number): Descriptor {
    if (found.node?.kind === "folder") return { kind: "folder", folder: found.node, preopened: false };
    if (folderOnly) throw wasiError("notdir");
    const file: FileNode = found.node ?? this.#scratch.makeFile(found);
    if (truncate) file.resize(0);
    return { kind: "file", file, position: 0, flags };
  }

  path_readlink(folder: number, pointer: number, length: number): void {
    // There are no links: whatever stands there is none.
    throw wasiError(this.#at(folder, pointer, length).node === undefined ? "noent" : "inval");
  }

  path_link(): void {
    throw wasiError("notsup");
  }

  path_symlink(): void {
    throw wasiError("notsup");
  }

  // --- waiting, ending

  /** Waiting costs no time: when all subscriptions are clocks, the first of them rings at once. */
  poll_oneoff(input: number, output: number, count: number, result: number): void {
    if (count < 1 || count > POLLED) throw wasiError("inval");
    const asked = Array.from({ length: count }, (_, index) => this.#subscription(input + index * SUBSCRIPTION));
    const ready = asked.filter(({ type }) => type !== EVENT.clock);
    const rings = asked.filter(({ type }) => type === EVENT.clock).map(({ due }) => due);
    const first = ready.length > 0 ? undefined : rings.toSorted((a, b) => Number(a - b))[0];
    if (first !== undefined) this.#world.clock.advanceTo(first);
    const happened = first === undefined ? ready : asked.filter(({ due }) => due <= first);
    for (const [index, { userdata, type }] of happened.entries())
      this.#memory.setEvent(output + index * EVENT_BYTES, userdata, ERRNO.success, type, type === EVENT.clock ? 0 : 1);
    this.#memory.setU32(result, happened.length);
  }

  #subscription(at: number): { readonly userdata: bigint; readonly type: number; readonly due: bigint } {
    const memory = this.#memory;
    const userdata = memory.u64(at);
    const type = memory.u8(at + 8);
    if (type > EVENT.write) throw wasiError("inval");
    if (type !== EVENT.clock) {
      this.#descriptors.get(memory.u32(at + 16));
      return { userdata, type, due: 0n };
    }
    const timeout = memory.u64(at + 24);
    const absolute = (memory.u16(at + 40) & 1) !== 0;
    const now = this.#world.clock.monotonic();
    if (!absolute) return { userdata, type, due: now + timeout };
    // An absolute time of the wall clock is one of ours by what passes until then.
    const realtime = memory.u32(at + 16) === CLOCKS.realtime ? this.#world.clock.realtime() - now : 0n;
    return { userdata, type, due: timeout > realtime ? timeout - realtime : 0n };
  }

  sched_yield(): void {
    this.#world.clock.monotonic();
  }

  proc_exit(code: number): never {
    throw new Exit(code >>> 0);
  }

  proc_raise(signal: number): never {
    throw new Exit(128 + (signal & 127));
  }

  sock_accept(): void {
    throw wasiError("notsup");
  }

  sock_recv(): void {
    throw wasiError("notsup");
  }

  sock_send(): void {
    throw wasiError("notsup");
  }

  sock_shutdown(): void {
    throw wasiError("notsup");
  }

  /** Bytes of the arguments and of the environment, with what it takes to lay each of them out. */
  get worldBytes(): number {
    const sum = (list: readonly Uint8Array[]): number => list.reduce((bytes, text) => bytes + text.length + 400, 0);
    return Math.max(sum(this.#args), sum(this.#environ));
  }

  /** Bytes' worth of work since the last time that nobody asked for by the byte. */
  takeWork(): number {
    const { work } = this.#scratch;
    this.#scratch.work = 0;
    return work;
  }

  /** What an exit code other than 0 is told as. */
  failure({ code }: Exit): Stop {
    const said = this.errors.text.trim();
    const message = said === "" ? `exit code ${code}` : `exit code ${code}: ${said.slice(-TOLD)}`;
    return new Stop({ kind: "failed", type: "ExitError", message });
  }
}

function nodeOf(descriptor: Descriptor): Node | null {
  if (descriptor.kind === "file") return descriptor.file;
  return descriptor.kind === "folder" ? descriptor.folder : null;
}

/** u64 next, u64 inode, u32 length of the name, u8 type, and the name. */
function dirent(next: bigint, name: string, node: Node): Uint8Array {
  const text = utf8.encode(name);
  const bytes = new Uint8Array(DIRENT + text.length);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, next, true);
  view.setBigUint64(8, BigInt(node.inode), true);
  view.setUint32(16, text.length, true);
  view.setUint8(20, filetype(node));
  bytes.set(text, DIRENT);
  return bytes;
}
