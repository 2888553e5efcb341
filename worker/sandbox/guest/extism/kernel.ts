// The memory that an Extism plug-in shares with its host: blocks in one flat space of 64-bit offsets, apart from the module's
// own memory. Bounded, because it lies beside that memory in an isolate that others share.
import { LIMITS } from "../../../limits.ts";
import { stop } from "../stop.ts";

/** Bytes of all blocks together: an answer of the greatest length, and some more. */
export const KERNEL_BYTES = LIMITS.foreignBytes;
/** Offsets begin here: 0 means "none". */
const FIRST = 64;
const ALIGN = 8;
/** What a block takes beside its bytes, in our own tables: it counts, or a million of one byte would cost nothing. */
const BLOCK_BYTES = 64;
/** Of that, what counts for nothing: what an ordinary plug-in has. */
const TABLE_BYTES = 64 * 1024;

export class Kernel {
  #bytes = new Uint8Array(64 * 1024);
  #end = FIRST;
  /** Bytes that blocks take beside what is in them, given back or not. */
  #carved = 0;
  readonly #blocks = new Map<number, number>();
  /** Blocks that were given back, by their rounded length. */
  readonly #free = new Map<number, number[]>();

  /** @returns offset of a block of zeros; 0 for no bytes */
  alloc(length: number): number {
    if (length === 0) return 0;
    const rounded = Math.ceil(length / ALIGN) * ALIGN;
    const offset = this.#free.get(rounded)?.pop() ?? this.#grow(rounded);
    this.#bytes.fill(0, offset, offset + rounded);
    this.#blocks.set(offset, length);
    return offset;
  }

  #grow(length: number): number {
    const offset = this.#end;
    const end = offset + length;
    this.#carved += BLOCK_BYTES;
    if (!(end + Math.max(0, this.#carved - TABLE_BYTES) <= KERNEL_BYTES))
      throw stop("BadPointer", `the plug-in asks for more than ${KERNEL_BYTES} bytes of its host`);
    if (end > this.#bytes.length) {
      const grown = new Uint8Array(Math.min(KERNEL_BYTES, Math.max(end, 2 * this.#bytes.length)));
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    this.#end = end;
    return offset;
  }

  free(offset: number): void {
    const length = this.#blocks.get(offset);
    if (length === undefined) return;
    this.#blocks.delete(offset);
    const rounded = Math.ceil(length / ALIGN) * ALIGN;
    const list = this.#free.get(rounded) ?? [];
    list.push(offset);
    this.#free.set(rounded, list);
  }

  /** Length of the block that begins at an offset; 0 where none does. */
  length(offset: number): number {
    return this.#blocks.get(offset) ?? 0;
  }

  /**
   * A view of a span. It may lie between blocks: PDKs read a few bytes past the end of what they were given.
   * Only valid until the next block is made.
   */
  view(offset: number, length: number): Uint8Array {
    const { length: capacity } = this.#bytes;
    if (!(offset >= 0 && length >= 0 && offset + length <= capacity)) {
      throw stop(
        "BadPointer",
        `${length} bytes at ${offset} do not lie in the ${capacity} bytes of the plug-in's host`,
      );
    }
    return this.#bytes.subarray(offset, offset + length);
  }

  /** The bytes of a block. */
  block(offset: number): Uint8Array {
    return this.view(offset, this.length(offset));
  }

  /** Keeps bytes in a new block. @returns its offset; 0 for no bytes */
  store(bytes: Uint8Array): number {
    const offset = this.alloc(bytes.length);
    if (bytes.length > 0) this.view(offset, bytes.length).set(bytes);
    return offset;
  }

  /** Little-endian, as the plug-in sees it. */
  data(offset: number, length: number): DataView {
    const span = this.view(offset, length);
    return new DataView(span.buffer, span.byteOffset, span.length);
  }
}
