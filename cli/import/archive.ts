// Reads an archive (docs/import.md): gzip over lines of JSON. One record at a time: an archive may be larger than memory.
import { createReadStream } from "node:fs";
import { createGunzip } from "node:zlib";
import * as z from "zod";
import { type ArchiveRecord, record } from "../../worker/market/import/records.ts";
import { CliFailure, EXIT, messageOf } from "../failure.ts";

/** Bytes of a line at most: a module of 8 MiB in base64 with its README, or 32 MiB of a file. */
export const LINE_BYTES = 48 * 1024 * 1024;

export interface ArchiveLine {
  /** Counted from 1. */
  readonly line: number;
  readonly record: ArchiveRecord;
}

/** What is wrong with a line. */
export interface Fault {
  readonly line: number;
  readonly message: string;
}

const NEWLINE = 0x0a;

/** The lines of a gzipped file, as bytes, with their numbers. @throws CliFailure when it is no gzip, or cut off */
async function* linesOf(path: string): AsyncGenerator<{ readonly line: number; readonly bytes: Buffer | null }> {
  const source = createReadStream(path);
  const stream = source.pipe(createGunzip());
  source.on("error", (error) => stream.destroy(error));
  let held: Buffer[] = [];
  let bytes = 0;
  let line = 1;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      let start = 0;
      for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
        held.push(chunk.subarray(start, end));
        yield { line: line++, bytes: bytes + end - start > LINE_BYTES ? null : Buffer.concat(held) };
        [held, bytes, start] = [[], 0, end + 1];
      }
      bytes += chunk.length - start;
      // What is too long is counted, not kept.
      if (bytes <= LINE_BYTES) held.push(chunk.subarray(start));
    }
  } catch (error) {
    const message = `${path} cannot be read to its end: ${messageOf(error)}.`;
    throw new CliFailure(
      EXIT.failed,
      "bad-archive",
      message,
      "An archive is lines of JSON under gzip: see docs/import.md.",
    );
  }
  if (bytes > 0) yield { line, bytes: bytes > LINE_BYTES ? null : Buffer.concat(held) };
}

function recordOf(line: number, bytes: Buffer | null): ArchiveLine | Fault {
  if (bytes === null) return { line, message: `is over ${LINE_BYTES} bytes long` };
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (error) {
    return { line, message: `is not JSON in UTF-8: ${messageOf(error)}` };
  }
  const parsed = record.safeParse(value);
  return parsed.success
    ? { line, record: parsed.data }
    : { line, message: z.prettifyError(parsed.error).replaceAll("\n", " ") };
}

/** The records of an archive, and what is wrong with lines that are none. Empty lines are nothing. */
export async function* readArchive(path: string): AsyncGenerator<ArchiveLine | Fault> {
  for await (const { line, bytes } of linesOf(path))
    if (bytes === null || bytes.toString("latin1").trim() !== "") yield recordOf(line, bytes);
}
