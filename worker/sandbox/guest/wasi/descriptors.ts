// The open files of one call: standard input, output and error, the scratch at 3, and what the module opens.
import { LIMITS } from "../../../limits.ts";
import { stop } from "../stop.ts";
import { wasiError } from "./errno.ts";
import type { FileNode, FolderNode } from "./files.ts";

/** Open files at once. */
export const DESCRIPTORS = 256;
/** Bytes of standard error that are kept: its end. */
export const ERROR_BYTES = 64 * 1024;

/** Bytes that a module writes one after the other. */
export class Sink {
  #bytes = new Uint8Array(0);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** One buffer that grows: a list of pieces would cost a module that writes byte by byte nothing and us 200 bytes each. */
  append(bytes: Uint8Array): void {
    const end = this.#length + bytes.length;
    if (end > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(1_024, Math.ceil(end * 1.5)));
      grown.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = grown;
    }
    this.#bytes.set(bytes, this.#length);
    this.#length = end;
  }

  whole(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }
}

/** Standard output, which becomes the answer. */
export class Output {
  readonly #sink = new Sink();

  write(bytes: Uint8Array): void {
    if (this.#sink.length + bytes.length > LIMITS.answerBytes) {
      throw stop("AnswerTooLarge", `standard output has more than ${LIMITS.answerBytes} bytes`);
    }
    this.#sink.append(bytes);
  }

  whole(): Uint8Array {
    return this.#sink.whole();
  }
}

/** Standard error: only its end is kept. */
export class Tail {
  #bytes = new Uint8Array(0);
  #end = 0;

  /** What was kept moves to the front only when the buffer, twice as long, is full: a byte costs the same at any length. */
  write(bytes: Uint8Array): void {
    const kept = bytes.subarray(Math.max(0, bytes.length - ERROR_BYTES));
    if (this.#bytes.length === 0 && kept.length > 0) this.#bytes = new Uint8Array(2 * ERROR_BYTES);
    if (this.#end + kept.length > this.#bytes.length) {
      const from = Math.max(0, this.#end + kept.length - ERROR_BYTES);
      this.#bytes.copyWithin(0, from, this.#end);
      this.#end -= from;
    }
    this.#bytes.set(kept, this.#end);
    this.#end += kept.length;
  }

  get text(): string {
    return new TextDecoder().decode(this.#bytes.subarray(Math.max(0, this.#end - ERROR_BYTES), this.#end));
  }
}

export interface Opened {
  readonly file: FileNode;
  position: number;
  flags: number;
}
export type Descriptor =
  | { readonly kind: "input"; readonly bytes: Uint8Array; position: number }
  | { readonly kind: "output"; readonly to: Output | Tail }
  | { readonly kind: "folder"; readonly folder: FolderNode; readonly preopened: boolean }
  | ({ readonly kind: "file" } & Opened);

export class Descriptors {
  readonly #open = new Map<number, Descriptor>();

  constructor(first: readonly Descriptor[]) {
    for (const [number, descriptor] of first.entries()) this.#open.set(number, descriptor);
  }

  /** @throws WasiError badf */
  get(number: number): Descriptor {
    const found = this.#open.get(number);
    if (found === undefined) throw wasiError("badf");
    return found;
  }

  /** @throws WasiError badf, notdir */
  folder(number: number): FolderNode {
    const found = this.get(number);
    if (found.kind !== "folder") throw wasiError("notdir");
    return found.folder;
  }

  /** @throws WasiError badf, isdir, spipe */
  file(number: number): Opened {
    const found = this.get(number);
    if (found.kind === "file") return found;
    throw wasiError(found.kind === "folder" ? "isdir" : "spipe");
  }

  /** @returns the lowest number that is free @throws WasiError mfile */
  add(descriptor: Descriptor): number {
    for (let number = 0; number < DESCRIPTORS; number++) {
      if (this.#open.has(number)) continue;
      this.#open.set(number, descriptor);
      return number;
    }
    throw wasiError("mfile");
  }

  close(number: number): void {
    this.get(number);
    this.#open.delete(number);
  }

  renumber(from: number, to: number): void {
    const descriptor = this.get(from);
    this.get(to);
    this.#open.delete(from);
    this.#open.set(to, descriptor);
  }
}
