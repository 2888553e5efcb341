// The connections of one call tree to sandboxes that it calls again and again: opened with the second call of the same one,
// used by one call after the other, each with a fresh instance as always. They live no longer than the tree's run; what is
// open counts among the sandboxes that one invocation of our worker may have open.
import { type GuestStub, type Runner } from "./loader.ts";
import type { GuestCall, GuestHost, GuestReport } from "./protocol.ts";

/** Fuel after which a connection is given up: the platform bounds the processor time of each, and one call more must fit. */
export const SESSION_FUEL = 50_000_000_000;

/** Who counts what is open. */
export interface Doorkeeper {
  /** One is kept open though nothing runs in it. @param build SHA-256 of the metered module */
  hold(build: string): void;
  leave(build: string): void;
}

interface Session {
  readonly build: string;
  readonly runner: Runner;
  burned: number;
}

export class Sessions {
  readonly #doorkeeper: Doorkeeper;
  /** Those in which nothing runs, by place. One that was called once is known, and has none. */
  readonly #idle = new Map<string, Session[]>();
  #closed = false;

  constructor(doorkeeper: Doorkeeper) {
    this.#doorkeeper = doorkeeper;
  }

  /**
   * Runs a call.
   * @param place the sandbox, and whatever else tells calls apart that shall not share a connection @param build SHA-256 of the metered module @param load finds the sandbox
   * @throws what the sandbox throws; the connection is lost with it
   */
  async run(
    place: string,
    build: string,
    load: () => Promise<GuestStub>,
    call: GuestCall,
    host: GuestHost,
  ): Promise<GuestReport | null> {
    const idle = this.#idle.get(place);
    if (idle === undefined) {
      this.#idle.set(place, []);
      return (await load()).run(call, host);
    }
    const session = this.#take(idle) ?? { build, runner: (await load()).session(), burned: 0 };
    let report: GuestReport | null = null;
    try {
      report = await session.runner.run(call, host);
      return report;
    } finally {
      session.burned += report?.fuel ?? Number.POSITIVE_INFINITY;
      this.#keep(idle, session);
    }
  }

  /** Closes those in which nothing runs. */
  clear(): void {
    for (const idle of this.#idle.values()) {
      for (let session = this.#take(idle); session !== null; session = this.#take(idle))
        session.runner[Symbol.dispose]();
    }
  }

  /** The tree is over: those in which something still runs are closed when that ends. */
  close(): void {
    this.#closed = true;
    this.clear();
  }

  #take(idle: Session[]): Session | null {
    const session = idle.pop() ?? null;
    if (session !== null) this.#doorkeeper.leave(session.build);
    return session;
  }

  #keep(idle: Session[], session: Session): void {
    if (this.#closed || session.burned >= SESSION_FUEL) return session.runner[Symbol.dispose]();
    this.#doorkeeper.hold(session.build);
    idle.push(session);
  }
}
