// What this isolate holds of requests and calls, beside the sandboxes: bodies that were read, answers that are about to leave.
// The platform ends an isolate of more than 128 MB with all that runs in it, so a long body is read only when there is room
// for it, in the order in which they came; what must be taken as it comes (answers) is counted, and others wait for it to go.
// The platform may end a request at any await without running its `finally`: what was not given back goes at its time.
import { LIMITS } from "../limits.ts";

export interface HeldLimits {
  readonly heldBytes: number;
  readonly heldWaiting: number;
  readonly heldWaitMs: number;
}

/** Up to so many bytes a body does not stand in line with long ones: it only has to fit. */
const SHORT = 65_536;
/** Milliseconds after which one that waits looks again. */
const LOOK_AGAIN_MS = 25;

/** Bytes that are held until it is ended. */
export interface Holding {
  /** Sets how many there are, be there room or not. */
  set(bytes: number): void;
  end(): void;
}

interface Held {
  bytes: number;
  readonly until: number;
}

export class Bytes {
  readonly #limits: HeldLimits;
  readonly #held = new Set<Held>();
  readonly #line: object[] = [];
  #sum = 0;

  constructor(limits: HeldLimits) {
    this.#limits = limits;
  }

  /** Bytes that are held now. */
  get sum(): number {
    return this.#sum;
  }

  /** Counts what is there already. @param until when it is gone at the latest, ms since 1970 */
  note(bytes: number, until: number): Holding {
    const held: Held = { bytes, until };
    this.#held.add(held);
    this.#sum += bytes;
    return {
      set: (now) => {
        if (!this.#held.has(held)) return;
        this.#sum += now - held.bytes;
        held.bytes = now;
      },
      end: () => this.#drop(held),
    };
  }

  /** Waits until there is room, for LIMITS.heldWaitMs at most. @returns null when there is none, or too many wait already */
  async take(bytes: number, until: number): Promise<Holding | null> {
    if (this.#fits(bytes) && (bytes <= SHORT || this.#line.length === 0)) return this.note(bytes, until);
    if (this.#line.length >= this.#limits.heldWaiting) return null;
    const place = {};
    this.#line.push(place);
    try {
      const last = Math.min(until, Date.now() + this.#limits.heldWaitMs);
      while (Date.now() < last) {
        await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
        if ((bytes <= SHORT || this.#line[0] === place) && this.#fits(bytes)) return this.note(bytes, until);
      }
      return null;
    } finally {
      const at = this.#line.indexOf(place);
      if (at >= 0) this.#line.splice(at, 1);
    }
  }

  #fits(bytes: number): boolean {
    if (this.#sum + bytes > this.#limits.heldBytes) this.#expire(Date.now());
    return this.#sum + bytes <= this.#limits.heldBytes;
  }

  #drop(held: Held): void {
    if (this.#held.delete(held)) this.#sum -= held.bytes;
  }

  #expire(now: number): void {
    for (const held of this.#held) if (held.until < now) this.#drop(held);
  }
}

/** Of this isolate. */
export const bytesHeld = new Bytes(LIMITS);
