// How far a transfer is: one line on a terminal's stderr, rewritten a few times a second. A script sees nothing of it.
import type { Io } from "../io.ts";
import { byteCount } from "../print.ts";

const WIDTH = 24;
const PAUSE_MS = 120;

/** 83 → "1:23" */
const clock = (seconds: number): string =>
  `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
const megabytes = (bytes: number): string => (bytes / 1_000_000).toFixed(1);

export class Meter {
  readonly #io: Io;
  readonly #total: number;
  readonly #began = performance.now();
  #done = 0;
  #skipped = 0;
  #shown = -Infinity;

  /** @param total bytes */
  constructor(io: Io, total: number) {
    this.#io = io;
    this.#total = total;
  }

  /** Bytes that went over the wire. */
  add(bytes: number): void {
    this.#done += bytes;
    this.#show();
  }

  /** Bytes that were there already, or are to be sent once more (negative). */
  skip(bytes: number): void {
    this.#skipped += bytes;
  }

  #show(): void {
    const now = performance.now();
    if (!this.#io.stderr.isTTY || now - this.#shown < PAUSE_MS) return;
    this.#shown = now;
    this.#io.stderr.write(`\r${this.#line((now - this.#began) / 1_000)}\u001b[K`);
  }

  #line(seconds: number): string {
    const part = this.#total === 0 ? 1 : Math.min(1, (this.#done + this.#skipped) / this.#total);
    const full = Math.round(part * WIDTH);
    const rate = this.#done / Math.max(seconds, 0.001);
    const left = rate > 0 ? clock((this.#total * (1 - part)) / rate) : "-:--";
    const bar = `${"#".repeat(full)}${"-".repeat(WIDTH - full)}`;
    return `[${bar}] ${String(Math.floor(part * 100)).padStart(3)} %  ${megabytes(rate)} MB/s  ${left} left`;
  }

  /** Clears the line. @returns a sentence about the whole */
  end(): string {
    if (this.#io.stderr.isTTY && this.#shown > 0) this.#io.stderr.write("\r\u001b[K");
    const seconds = (performance.now() - this.#began) / 1_000;
    const skipped = this.#skipped === 0 ? "" : `, ${byteCount(this.#skipped)} of it were there already`;
    return `${byteCount(this.#total)} in ${seconds.toFixed(1)} s (${megabytes(this.#done / Math.max(seconds, 0.001))} MB/s)${skipped}`;
  }
}
