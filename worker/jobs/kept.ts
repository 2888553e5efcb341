// How answers lie in a shard's tables: short ones in their row, longer ones in pieces.
import type { ShardStatements } from "../../kv-schema/tables/shard.ts";
import { joined } from "../market/bytes.ts";
import { type AnswerKind, KIND_NUMBER } from "../sandbox/protocol.ts";
import type { JobAnswer } from "./answers.ts";

/** Bytes of an answer that stands in its row; and of a piece. */
const INLINE = 1024;
const PIECE = 1024 * 1024;

const KINDS = Object.keys(KIND_NUMBER) as AnswerKind[];

/** The columns that hold an answer; all null: there is none. */
export interface KeptAnswer {
  readonly kind: number;
  readonly answer: ArrayBuffer | null;
  readonly pieces: number | null;
}

export const NO_ANSWER: KeptAnswer = { kind: KIND_NUMBER.void, answer: null, pieces: null };

/** Writes what does not fit into a row. @returns what the row holds */
export function keepAnswer(sql: ShardStatements, { kind, bytes }: JobAnswer): KeptAnswer {
  const number = KIND_NUMBER[kind];
  if (bytes.length <= INLINE) return { kind: number, answer: bytes.slice().buffer, pieces: null };
  const id = sql.newPieces();
  for (let piece = 0; piece * PIECE < bytes.length; piece++) {
    sql.putPiece(id, piece, bytes.slice(piece * PIECE, (piece + 1) * PIECE).buffer);
  }
  return { kind: number, answer: null, pieces: id };
}

/** @returns null: there is none */
export function readAnswer(sql: ShardStatements, { kind, answer, pieces }: KeptAnswer): JobAnswer | null {
  const name = KINDS[kind] ?? "void";
  if (answer !== null) return { kind: name, bytes: new Uint8Array(answer) };
  if (pieces === null) return null;
  return { kind: name, bytes: joined(sql.pieces(pieces).map(({ bytes }) => new Uint8Array(bytes))) };
}

/** What is known of an answer without reading it; null: there is none. */
export function factsOfAnswer(
  sql: ShardStatements,
  { kind, answer, pieces }: KeptAnswer,
): { readonly kind: AnswerKind; readonly bytes: number } | null {
  if (answer === null && pieces === null) return null;
  const bytes = answer === null ? sql.pieceBytes(pieces ?? 0) : answer.byteLength;
  return { kind: KINDS[kind] ?? "void", bytes };
}

export function dropAnswer(sql: ShardStatements, { pieces }: KeptAnswer): void {
  if (pieces !== null) sql.removePieces(pieces);
}
