// Answers of a shard's tasks as lines of JSON, for who reads all of them: made where they lie, many in one message, so that a
// short answer costs little more than its bytes. Reads answers, writes nothing.
import { SPAN, type ShardStatements, type SpanRow } from "../../../kv-schema/tables/shard.ts";
import { asJson } from "../../jobs/answers.ts";
import { readAnswer } from "../../jobs/kept.ts";
import type { ShardTerms } from "../../jobs/terms.ts";
import { joined } from "../../market/bytes.ts";
import { viewOfSpan } from "./view.ts";

/** Rows read at once: their short answers stand in them. Bytes of lines after which the rest is left for the next message. */
const ROWS = 500;
const BYTES = 512 * 1024;

/** Where a task or a part of one stands in the order of all. */
export interface Place {
  readonly number: number;
  readonly start: number;
}

export interface Lines {
  readonly bytes: Uint8Array;
  /** The last that was looked at; null: there are no more. */
  readonly next: Place | null;
}

const encoder = new TextEncoder();
const [LINE_FEED, RETURN, SPACE] = [0x0a, 0x0d, 0x20];
const END = encoder.encode("}\n");

/** On one line: white space is all that a line feed in JSON can be. */
const flat = (json: Uint8Array): Uint8Array =>
  json.includes(LINE_FEED) || json.includes(RETURN)
    ? json.map((byte) => (byte === LINE_FEED || byte === RETURN ? SPACE : byte))
    : json;

/** One line: where the chunk lies, and its answer as JSON (bytes in base64). @returns its pieces */
function lineOf(sql: ShardStatements, terms: ShardTerms, row: SpanRow): readonly Uint8Array[] {
  const answer = readAnswer(sql, row);
  if (answer === null) return [];
  const { file, from, to } = viewOfSpan(sql, terms, row, "done");
  const head = `{"file":${JSON.stringify(file)},"from":${from},"to":${to},"kind":"${answer.kind}","answer":`;
  return [encoder.encode(head), flat(asJson(answer)), END];
}

/** The lines of the tasks after a place, as many as one message takes. */
export function linesAfter(sql: ShardStatements, terms: ShardTerms, after: Place): Lines {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  let [next, rows] = [after, 0];
  for (const row of sql.listed(SPAN.done, after.number, after.start, ROWS)) {
    if (bytes >= BYTES) return { bytes: joined(pieces, bytes), next };
    rows++;
    next = { number: row.number, start: row.start };
    for (const piece of lineOf(sql, terms, row)) {
      pieces.push(piece);
      bytes += piece.length;
    }
  }
  return { bytes: joined(pieces, bytes), next: rows === ROWS ? next : null };
}
