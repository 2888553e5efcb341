// The calls whose writes are ready and wait for their settlement: who they are, which keys they have written, and who waits
// for them. In memory, over rows that survive; no I/O of its own.

export interface PreparedCall {
  readonly call: string;
  readonly account: string;
  /** Milliseconds since 1970. */
  readonly since: number;
  /** Bytes it will add to the store, where the store counts them so. */
  readonly growth: number;
  /** What it has written: keys of state as text with one unit a byte, names of files. */
  readonly keys: ReadonlySet<string>;
}

/** Keys as Map keys: text with one unit a byte. */
const latin1 = new TextDecoder("latin1");
export const keyText = (key: ArrayBuffer | Uint8Array): string => latin1.decode(key);

export class PreparedCalls {
  readonly #calls = new Map<string, PreparedCall>();
  readonly #byKey = new Map<string, string>();
  readonly #waiting = new Map<string, (() => void)[]>();

  get size(): number {
    return this.#calls.size;
  }

  get(call: string): PreparedCall | undefined {
    return this.#calls.get(call);
  }

  all(): readonly PreparedCall[] {
    return [...this.#calls.values()];
  }

  /** Bytes that all of them together will add. */
  get growth(): number {
    let sum = 0;
    for (const { growth } of this.#calls.values()) sum += growth;
    return sum;
  }

  add(prepared: PreparedCall): void {
    this.#calls.set(prepared.call, prepared);
    for (const key of prepared.keys) this.#byKey.set(key, prepared.call);
  }

  /** Forgets a call and wakes who waited for it. */
  remove(call: string): void {
    const prepared = this.#calls.get(call);
    if (prepared === undefined) return;
    this.#calls.delete(call);
    for (const key of prepared.keys) this.#byKey.delete(key);
    for (const wake of this.#waiting.get(call) ?? []) wake();
    this.#waiting.delete(call);
  }

  /** Forgets all of them: what they were about is gone. */
  clear(): void {
    for (const call of this.#calls.keys()) this.remove(call);
  }

  /** The call that has written a key. */
  writerOf(key: string): PreparedCall | undefined {
    const call = this.#byKey.get(key);
    return call === undefined ? undefined : this.#calls.get(call);
  }

  /** A call that has written a key which begins with the prefix. */
  writerBelow(prefix: string): PreparedCall | undefined {
    for (const [key, call] of this.#byKey) if (key.startsWith(prefix)) return this.#calls.get(call);
    return undefined;
  }

  /** Waits until the call is no longer here, or for so long. */
  async gone(call: string, ms: number): Promise<void> {
    if (!this.#calls.has(call)) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    await new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ms);
      const waiting = this.#waiting.get(call) ?? [];
      waiting.push(resolve);
      this.#waiting.set(call, waiting);
    });
    clearTimeout(timer);
  }
}
