// Which answers of a list are kept: in its order, as long as they fit together, whoever came first.
import { describe, expect, test } from "vitest";
import { Replies } from "../../worker/calls/all.ts";
import { LIMITS } from "../../worker/limits.ts";
import type { Replied } from "../../worker/sandbox/protocol.ts";

const answer = (length: number): Replied => ({ answer: "bytes", bytes: new Uint8Array(length) });
const failed: Replied = { error: { type: "Trap", message: "" } };

function told(lengths: readonly (number | null)[], order: readonly number[]): readonly (number | string)[] {
  const replies = new Replies(lengths.length);
  for (const index of order) {
    const length = lengths[index] ?? null;
    replies.put(index, length === null ? failed : answer(length));
  }
  return replies.all.map((reply) => ("answer" in reply ? reply.bytes.length : reply.error.type));
}

const MOST = LIMITS.answerBytes;

describe("answers of a list", () => {
  test.for<readonly [lengths: readonly (number | null)[], told: readonly (number | string)[]]>([
    [[], []],
    [[MOST], [MOST]],
    [[MOST + 1], ["AnswerTooLarge"]],
    [
      [MOST - 1, 1, 0],
      [MOST - 1, 1, 0],
    ],
    [
      [MOST - 1, 2, 1, 1],
      [MOST - 1, "AnswerTooLarge", 1, "AnswerTooLarge"],
    ],
    [
      [null, MOST, null],
      ["Trap", MOST, "Trap"],
    ],
  ])("of %j bytes are told as %j, in any order they come", ([lengths, expected]) => {
    const forth = lengths.map((_, index) => index);
    expect(told(lengths, forth)).toEqual(expected);
    expect(told(lengths, forth.toReversed())).toEqual(expected);
    expect(told(lengths, [...forth.slice(1), ...forth.slice(0, 1)])).toEqual(expected);
  });
});
