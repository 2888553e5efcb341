// How a call of this algorithm ends early. Every message begins with the offset of the byte at which the data stopped
// making sense: for codes and blocks the byte that holds their first bit, for truncated data its length.
import { fail } from "orcade";

/** What messages add when the data was taken for raw deflate only because it begins like nothing else. */
let note: string = "";

/** From now on messages say that the data has no header. */
export function noteRaw(): void {
  note = " (taken for raw deflate: it begins with neither a gzip nor a zlib header)";
}

/** Ends the call with a typed error about the byte at `offset`. */
export function refuse(type: string, offset: usize, sentence: string): void {
  fail(type, "byte " + offset.toString() + ": " + sentence + note);
}

/** Ends the call: the data ends in the middle of something. */
export function truncated(offset: usize): void {
  refuse("Truncated", offset, "the data ends before it is complete");
}

/** Ends the call: what comes out would be larger than an answer may be. */
export function tooLarge(offset: usize, limit: usize): void {
  refuse("AnswerTooLarge", offset, "the decompressed data is larger than " + limit.toString() + " bytes");
}
