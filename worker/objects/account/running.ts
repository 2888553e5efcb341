// The calls of an account that run just now, as their isolates tell: in memory only, because who runs a call tells it again
// when this object has forgotten. The answer to whoever told stays open until the call shall end, or has.
import { LIMITS } from "../../limits.ts";

/** How far a call says it is, 0 to 1, and what it is doing. */
export interface Progress {
  readonly fraction: number;
  readonly note: string;
}

/** A call that has run for a while. */
export interface RunningCall {
  readonly call: string;
  /** `owner/name` */
  readonly algorithm: string;
  readonly version: string;
  /** Id of the key that it is paid with. */
  readonly key: string;
  /** Milliseconds since 1970, as is when it must be over. */
  readonly since: number;
  readonly deadline: number;
  /** null: it has said nothing. */
  readonly progress: Progress | null;
}

export type Word = "cancel" | "over";

/** Milliseconds after its deadline at which a call that nobody ended is forgotten. */
const SLACK_MS = 60_000;

interface Told {
  facts: RunningCall;
  readonly answer: (word: Word) => void;
}

export class Running {
  readonly #calls = new Map<string, Told>();

  /** Notes a call; telling it again ends the answer before. */
  attend(facts: RunningCall): Promise<Word> {
    this.#sweep();
    this.leave(facts.call);
    // What is too much is not listed, and only its client can cancel it; it ends all the same.
    if (this.#calls.size >= LIMITS.attendedCalls) return Promise.resolve("over");
    return new Promise((resolve) => this.#calls.set(facts.call, { facts, answer: resolve }));
  }

  /** The call is over. */
  leave(call: string): void {
    this.#answer(call, "over");
  }

  /** It says how far it is; one that is not known stays unknown. */
  said(call: string, progress: Progress): void {
    const told = this.#calls.get(call);
    if (told !== undefined) told.facts = { ...told.facts, progress };
  }

  /** @param key whose calls may be ended; null: all @returns whether there is such a call */
  cancel(call: string, key: string | null): boolean {
    const told = this.#calls.get(call);
    if (told === undefined || (key !== null && told.facts.key !== key)) return false;
    this.#answer(call, "cancel");
    return true;
  }

  find(call: string): RunningCall | null {
    return this.#calls.get(call)?.facts ?? null;
  }

  /** Oldest first. */
  get all(): readonly RunningCall[] {
    this.#sweep();
    return [...this.#calls.values()].map(({ facts }) => facts).sort((a, b) => a.since - b.since);
  }

  #answer(call: string, word: Word): void {
    const told = this.#calls.get(call);
    this.#calls.delete(call);
    told?.answer(word);
  }

  #sweep(): void {
    const now = Date.now();
    for (const [call, { facts }] of this.#calls) if (facts.deadline + SLACK_MS < now) this.leave(call);
  }
}
