// What a task of a job may ask of its host, and say to it: the facts of its chunk, and which part of it is finished.
import { LIMITS } from "../../limits.ts";
import { type AnswerKind, KIND_NUMBER } from "../protocol.ts";
import type { Desk } from "./imports.ts";
import { fact, paid, suspending } from "./pay.ts";
import { CALL_FUEL } from "./prices.ts";
import { stop } from "./stop.ts";

const KINDS = Object.keys(KIND_NUMBER) as AnswerKind[];
const NO_FACTS = new Uint8Array(0);

function done(desk: Desk, upto: bigint, kind: number, pointer: number, length: number): void {
  const answer = KINDS[kind];
  if (answer === undefined)
    throw stop("BadKind", `the partial answer's kind is ${kind}; 0 text, 1 JSON, 2 bytes exist`);
  const span = desk.memory().view(pointer, length);
  if (span.length > LIMITS.jobAnswerBytes) {
    throw stop(
      "AnswerTooLarge",
      `the partial answer has ${span.length} bytes; at most ${LIMITS.jobAnswerBytes} are kept`,
    );
  }
  // Outside a job nobody keeps it.
  if (desk.call.facts === undefined) return;
  desk.said.done = { upto: Number(upto), answer, bytes: span.slice() };
}

const factsOf = ({ call }: Desk): Uint8Array => call.facts ?? NO_FACTS;

export const jobSize = (desk: Desk): unknown => fact(desk, () => factsOf(desk).length);

export const jobRead = (desk: Desk): unknown =>
  suspending((pointer = 0, offset = 0, length = 0) =>
    paid(desk, CALL_FUEL, length, () => desk.memory().write(factsOf(desk), pointer, offset, length)),
  );

export const jobDone = (desk: Desk): unknown =>
  new WebAssembly.Suspending((upto = 0n, kind = 0, pointer = 0, length = 0) =>
    paid(desk, CALL_FUEL, length, () => done(desk, upto, kind, pointer, length)),
  );
