// What a module says beside its answer: lines of a log, kept until the call ends, and how far it is, which is told at once but
// not often. Neither can fail a call by being too much: what is beyond a limit is dropped.
import { LIMITS } from "../../limits.ts";
import { type GuestHost, LOG_LEVELS, type Log } from "../protocol.ts";
import { stop } from "./stop.ts";

/** The first bytes of UTF-8 that are at most so many, and no half character. */
function cut(bytes: Uint8Array, most: number): Uint8Array {
  if (bytes.length <= most) return bytes;
  let end = Math.max(0, most);
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return bytes.subarray(0, end);
}

const textOf = (bytes: Uint8Array): string => new TextDecoder("utf-8", { fatal: false, ignoreBOM: true }).decode(bytes);

export class Sayings {
  readonly #host: GuestHost | null;
  readonly #lines: Log["lines"][number][] = [];
  #bytes = 0;
  #dropped = 0;
  #told = Number.NEGATIVE_INFINITY;

  /** @param host null while a module is only tried */
  constructor(host: GuestHost | null) {
    this.#host = host;
  }

  get log(): Log {
    return { lines: this.#lines, dropped: this.#dropped };
  }

  /** @param level 0 debug, 1 info, 2 warn, 3 error @param line a view of the module's memory @throws Stop BadKind */
  add(level: number, line: Uint8Array): void {
    const name = LOG_LEVELS[level];
    if (name === undefined) throw stop("BadKind", `a log level of ${level}; 0 debug, 1 info, 2 warn, 3 error exist`);
    // Once something was dropped nothing more is kept, so that what is kept is the beginning. An empty line counts as a byte.
    const room = this.#dropped > 0 ? 0 : LIMITS.logBytes - this.#bytes;
    const kept = cut(line, room);
    this.#dropped += line.length - kept.length;
    if (room <= 0) return;
    this.#bytes += Math.max(1, kept.length);
    this.#lines.push({ level: name, text: textOf(kept) });
  }

  /** Tells the host, if it was not told just before. @param fraction taken into 0 to 1 @param note a view of the memory */
  progress(fraction: number, note: Uint8Array): void {
    const now = Date.now();
    if (this.#host === null || now - this.#told < LIMITS.progressMs) return;
    this.#told = now;
    const done = Number.isNaN(fraction) ? 0 : Math.min(1, Math.max(0, fraction));
    // Nobody waits for it, and a host that cannot hear it is no reason to fail. One may have no ear at all (a sample's).
    void Promise.resolve(this.#host.progress(done, textOf(cut(note, LIMITS.progressNoteBytes)))).catch(() => undefined);
  }
}
