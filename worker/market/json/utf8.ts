// UTF-8 as Unicode 16 §3.9 table 3-7 has it: no overlong forms, no surrogates, nothing above U+10FFFF. No I/O.
import { err, ok, type Result } from "../result.ts";
import { fault, type JsonError } from "./fault.ts";

const ONE_AT_A_TIME = { fatal: true, ignoreBOM: true } as const;

/** @returns the length (2, 3 or 4) of the well-formed sequence that begins with the byte at `at` (0x80 or above), else 0 */
export function sequenceLength(bytes: Uint8Array, at: number): 0 | 2 | 3 | 4 {
  const lead = bytes[at] ?? 0;
  if (lead >= 0xc2 && lead <= 0xdf) return isTail(bytes[at + 1]) ? 2 : 0;
  if (lead >= 0xe0 && lead <= 0xef) {
    const low = lead === 0xe0 ? 0xa0 : 0x80;
    const high = lead === 0xed ? 0x9f : 0xbf;
    return isWithin(bytes[at + 1], low, high) && isTail(bytes[at + 2]) ? 3 : 0;
  }
  if (lead < 0xf0 || lead > 0xf4) return 0;
  const low = lead === 0xf0 ? 0x90 : 0x80;
  const high = lead === 0xf4 ? 0x8f : 0xbf;
  return isWithin(bytes[at + 1], low, high) && isTail(bytes[at + 2]) && isTail(bytes[at + 3]) ? 4 : 0;
}

/**
 * Decodes text and refuses what is not UTF-8. A byte order mark is part of the text and stays.
 *
 * @returns the text, or `not-utf8` with the offset of the first bad sequence
 */
export function decodeText(bytes: Uint8Array): Result<string, JsonError> {
  try {
    return ok(new TextDecoder("utf-8", ONE_AT_A_TIME).decode(bytes));
  } catch {
    const offset = firstBadSequence(bytes);
    return err(fault(bytes, "not-utf8", offset, "The text is not valid UTF-8"));
  }
}

function firstBadSequence(bytes: Uint8Array): number {
  let at = 0;
  while (at < bytes.length) {
    const length = (bytes[at] ?? 0) < 0x80 ? 1 : sequenceLength(bytes, at);
    if (length === 0) return at;
    at += length;
  }
  return at;
}

function isTail(byte: number | undefined): boolean {
  return isWithin(byte, 0x80, 0xbf);
}

function isWithin(byte: number | undefined, low: number, high: number): boolean {
  return byte !== undefined && byte >= low && byte <= high;
}
