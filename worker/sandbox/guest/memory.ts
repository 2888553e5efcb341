// Reading and writing the module's memory at its word, which is not trusted: every span is checked first.
import { stop } from "./stop.ts";

export class GuestMemory {
  readonly #memory: WebAssembly.Memory;

  constructor(memory: WebAssembly.Memory) {
    this.#memory = memory;
  }

  get pages(): number {
    return this.#memory.buffer.byteLength / 65_536;
  }

  /** A view of a span. Only valid until the module runs again. @throws Stop BadPointer */
  view(pointer: number, length: number): Uint8Array {
    const start = pointer >>> 0;
    const size = length >>> 0;
    const { buffer } = this.#memory;
    if (start + size > buffer.byteLength) {
      throw stop("BadPointer", `${size} bytes at ${start} do not lie in a memory of ${buffer.byteLength} bytes`);
    }
    return new Uint8Array(buffer, start, size);
  }

  /** A copy of a span. */
  copy(pointer: number, length: number): Uint8Array {
    return this.view(pointer, length).slice();
  }

  /** A span as text; malformed UTF-8 becomes U+FFFD. */
  text(pointer: number, length: number): string {
    return new TextDecoder().decode(this.view(pointer, length));
  }

  /** Copies `source[offset, offset + length)` to the module. @throws Stop BadPointer when either end is outside */
  write(source: Uint8Array, pointer: number, offset: number, length: number): void {
    const from = offset >>> 0;
    const size = length >>> 0;
    if (from + size > source.length) {
      throw stop("BadPointer", `${size} bytes at ${from} were asked for, and there are ${source.length}`);
    }
    this.view(pointer, size).set(source.subarray(from, from + size));
  }
}
