// The open files of one call: standard input, output and error, the scratch at 3, and what the module opens.
import { LIMITS } from "../../../limits.ts";
import { stop } from "../stop.ts";
import { WasiError } from "./errno.ts";
import type { FileNode, FolderNode } from "./files.ts";

/** Open files at once. */
export const DESCRIPTORS = 256;
/** Bytes of standard error that are kept: its end. */
export const ERROR_BYTES = 64 * 1024;

/** Bytes that a module writes one after the other. */
export class Sink {
  readonly #pieces: Uint8Array[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  append(bytes: Uint8Array): void {
    this.#pieces.push(bytes.slice());
    this.#length += bytes.length;
  }

  whole(): Uint8Array {
    const whole = new Uint8Array(this.#length);
    let at = 0;
    for (const piece of this.#pieces) {
      whole.set(piece, at);
      at += piece.length;
    }
    return whole;
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

  write(bytes: Uint8Array): void {
    const kept = bytes.subarray(Math.max(0, bytes.length - ERROR_BYTES));
    const before = this.#bytes.subarray(Math.max(0, this.#bytes.length + kept.length - ERROR_BYTES));
    const joined = new Uint8Array(before.length + kept.length);
    joined.set(before);
    joined.set(kept, before.length);
    this.#bytes = joined;
  }

  get text(): string {
    return new TextDecoder().decode(this.#bytes);
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
    if (found === undefined) throw new WasiError("badf");
    return found;
  }

  /** @throws WasiError badf, notdir */
  folder(number: number): FolderNode {
    const found = this.get(number);
    if (found.kind !== "folder") throw new WasiError("notdir");
    return found.folder;
  }

  /** @throws WasiError badf, isdir, spipe */
  file(number: number): Opened {
    const found = this.get(number);
    if (found.kind === "file") return found;
    throw new WasiError(found.kind === "folder" ? "isdir" : "spipe");
  }

  /** @returns the lowest number that is free @throws WasiError mfile */
  add(descriptor: Descriptor): number {
    for (let number = 0; number < DESCRIPTORS; number++) {
      if (this.#open.has(number)) continue;
      this.#open.set(number, descriptor);
      return number;
    }
    throw new WasiError("mfile");
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
