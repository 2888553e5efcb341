// A wish to end a call: its client went away, its account asked (DELETE /v1/calls/{id}), or who began it does not want its
// answer any more. Made for every call, so it holds nothing until somebody asks.

/** As the call itself sees it. */
export interface Cancel {
  readonly wished: boolean;
  /** Tells once when it is wished, at once when it is already. */
  heard(tell: () => void): void;
}

export class Canceller implements Cancel {
  #wished = false;
  #tell: (() => void)[] | null = null;
  #asked: (() => void) | null;

  /** @param asked told once, when somebody begins to listen: what ends before never does */
  constructor(asked: (() => void) | null = null) {
    this.#asked = asked;
  }

  get wished(): boolean {
    return this.#wished;
  }

  heard(tell: () => void): void {
    if (this.#wished) tell();
    else (this.#tell ??= []).push(tell);
    const asked = this.#asked;
    this.#asked = null;
    asked?.();
  }

  /** Wishes it; wishing again changes nothing. */
  cancel(): void {
    this.#wished = true;
    for (const tell of this.#tell ?? []) tell();
    this.#tell = null;
  }
}

/** The wish that a signal tells. */
export function cancelOf(signal: AbortSignal): Cancel {
  return {
    get wished() {
      return signal.aborted;
    },
    heard: (tell) => (signal.aborted ? tell() : signal.addEventListener("abort", tell, { once: true })),
  };
}
