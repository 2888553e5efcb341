// The shapes of WASI preview 1 in a module's memory (witx: wasi_snapshot_preview1). Little-endian; offsets as the C header has
// them. Every span is checked by GuestMemory first.
import type { GuestMemory } from "../memory.ts";
import { wasiError } from "./errno.ts";

export const FILETYPE = { unknown: 0, folder: 3, file: 4 } as const;
/** Everything: what a module may do is decided by what it was handed. */
export const ALL_RIGHTS = 0x1fff_ffffn;

export interface Span {
  readonly pointer: number;
  readonly length: number;
}

/** Vectors of a read or a write; more are an error, as in other runtimes. */
const VECTORS = 1_024;

export class WasiMemory {
  readonly #memory: GuestMemory;

  constructor(memory: GuestMemory) {
    this.#memory = memory;
  }

  bytes(pointer: number, length: number): Uint8Array {
    return this.#memory.view(pointer, length);
  }

  #view(pointer: number, length: number): DataView {
    const span = this.bytes(pointer, length);
    return new DataView(span.buffer, span.byteOffset, span.length);
  }

  u8(pointer: number): number {
    return this.#view(pointer, 1).getUint8(0);
  }

  u16(pointer: number): number {
    return this.#view(pointer, 2).getUint16(0, true);
  }

  u32(pointer: number): number {
    return this.#view(pointer, 4).getUint32(0, true);
  }

  u64(pointer: number): bigint {
    return this.#view(pointer, 8).getBigUint64(0, true);
  }

  setU32(pointer: number, value: number): void {
    this.#view(pointer, 4).setUint32(0, value, true);
  }

  setU64(pointer: number, value: bigint): void {
    this.#view(pointer, 8).setBigUint64(0, value, true);
  }

  /** @throws WasiError inval: not UTF-8 */
  text(pointer: number, length: number): string {
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(this.bytes(pointer, length));
    } catch (error) {
      if (error instanceof TypeError) throw wasiError("inval");
      throw error;
    }
  }

  /** `iovec` and `ciovec`: u32 buf, u32 buf_len. */
  vectors(pointer: number, count: number): readonly Span[] {
    if (count >>> 0 > VECTORS) throw wasiError("inval");
    const view = this.#view(pointer, count * 8);
    return Array.from({ length: count }, (_, index) => ({
      pointer: view.getUint32(index * 8, true),
      length: view.getUint32(index * 8 + 4, true),
    }));
  }

  /** `fdstat`: u8 filetype, u16 flags at 2, u64 rights at 8, u64 inherited rights at 16. */
  setFdstat(pointer: number, filetype: number, flags: number): void {
    const view = this.#view(pointer, 24);
    this.bytes(pointer, 24).fill(0);
    view.setUint8(0, filetype);
    view.setUint16(2, flags, true);
    view.setBigUint64(8, ALL_RIGHTS, true);
    view.setBigUint64(16, ALL_RIGHTS, true);
  }

  /** `filestat`: dev, ino, filetype at 16, nlink at 24, size at 32, times at 40, 48 and 56. */
  setFilestat(pointer: number, filetype: number, inode: number, size: number, time: bigint): void {
    const view = this.#view(pointer, 64);
    this.bytes(pointer, 64).fill(0);
    view.setBigUint64(8, BigInt(inode), true);
    view.setUint8(16, filetype);
    view.setBigUint64(24, 1n, true);
    view.setBigUint64(32, BigInt(size), true);
    for (const at of [40, 48, 56]) view.setBigUint64(at, time, true);
  }

  /** A list of strings as `args_get` and `environ_get` lay it out: pointers, and the texts with a zero byte each. */
  setStrings(list: readonly Uint8Array[], pointers: number, texts: number): void {
    let at = texts;
    for (const [index, text] of list.entries()) {
      this.setU32(pointers + index * 4, at);
      const span = this.bytes(at, text.length + 1);
      span.set(text);
      span[text.length] = 0;
      at += text.length + 1;
    }
  }

  /** `event`: u64 userdata, u16 errno at 8, u8 type at 10, u64 bytes at 16. */
  setEvent(pointer: number, userdata: bigint, errno: number, type: number, bytes: number): void {
    const view = this.#view(pointer, 32);
    this.bytes(pointer, 32).fill(0);
    view.setBigUint64(0, userdata, true);
    view.setUint16(8, errno, true);
    view.setUint8(10, type);
    view.setBigUint64(16, BigInt(bytes), true);
  }
}
