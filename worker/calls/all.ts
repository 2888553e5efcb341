// Many calls of one algorithm at once: a few run side by side, begun in the order of the list, and the answers are in that order,
// too. Which answers are kept, and the ids of the calls, do not depend on who was first.
import { LIMITS } from "../limits.ts";
import type { AskedCall, HostStop, Replied } from "../sandbox/protocol.ts";
import type { Invocation } from "./invocation.ts";
import type { NestedReply } from "./tree.ts";

const TOO_MUCH: Replied = {
  error: {
    type: "AnswerTooLarge",
    message: `The answers of one list have at most ${LIMITS.answerBytes} bytes together: ask for less at once.`,
  },
};

/**
 * Answers in their order, as long as they have LIMITS.answerBytes together; each further one is an error, decided as soon as all
 * before it are known, so that no more is held than that and what is running.
 */
export class Replies {
  readonly #replies: (Replied | undefined)[];
  #known = 0;
  #bytes = 0;

  constructor(count: number) {
    this.#replies = Array.from({ length: count }, () => undefined);
  }

  put(index: number, reply: Replied): void {
    this.#replies[index] = reply;
    for (let next = this.#replies[this.#known]; next !== undefined; next = this.#replies[this.#known]) {
      this.#replies[this.#known++] = this.#bounded(next);
    }
  }

  #bounded(reply: Replied): Replied {
    if (!("answer" in reply)) return reply;
    if (this.#bytes + reply.bytes.length > LIMITS.answerBytes) return TOO_MUCH;
    this.#bytes += reply.bytes.length;
    return reply;
  }

  /** All of them, once each was put. */
  get all(): readonly Replied[] {
    return this.#replies.filter((reply) => reply !== undefined);
  }
}

export interface Running {
  /** All replies, or the first that stops the tree: then others may still run. */
  readonly done: Promise<readonly Replied[] | HostStop>;
  /** Nothing runs any more. */
  readonly over: Promise<unknown>;
}

/** Begins calls one after the other: the next when the one before is in the tree, or never will be. */
function inOrder(parent: Invocation, asked: readonly AskedCall[]): (index: number) => Promise<NestedReply> {
  let turn: Promise<void> = Promise.resolve();
  return async (index) => {
    const before = turn;
    let begun = (): void => undefined;
    turn = new Promise((resolve) => (begun = resolve));
    await before;
    const { callee = "", kind = 0, input = new Uint8Array(0) } = asked[index] ?? {};
    return parent.tree.facts.nested(parent, callee, kind, input, begun).finally(begun);
  };
}

/** Starts them. */
export function callAll(parent: Invocation, asked: readonly AskedCall[]): Running {
  const replies = new Replies(asked.length);
  const begin = inOrder(parent, asked);
  let next = 0;
  let stopped: HostStop | undefined;
  let tell = (_: HostStop): void => undefined;
  const stop = new Promise<HostStop>((resolve) => (tell = resolve));
  const lane = async (): Promise<void> => {
    while (next < asked.length && stopped === undefined) {
      const index = next++;
      const reply = await begin(index);
      if (typeof reply !== "string") replies.put(index, reply);
      else tell((stopped ??= reply));
    }
  };
  const over = Promise.all(Array.from({ length: Math.min(LIMITS.openSandboxes, asked.length) }, lane));
  return { over, done: Promise.race([stop, over.then(() => stopped ?? replies.all)]) };
}
