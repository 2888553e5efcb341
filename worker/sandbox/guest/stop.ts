// How a host function ends a call: by throwing this. A module cannot catch it, because modules with exception handling
// are refused at publish.
import type { GuestOutcome, TrapReason } from "../protocol.ts";

export class Stop extends Error {
  override readonly name = "Stop";
  readonly outcome: GuestOutcome;

  constructor(outcome: GuestOutcome) {
    super("stop");
    this.outcome = outcome;
  }
}

export const stop = (reason: TrapReason, message: string): Stop => new Stop({ kind: "stopped", reason, message });

/** A host function failed for a reason of ours: the call's report is this error itself, and nobody is blamed for it. */
export class HostFailure extends Error {
  override readonly name = "HostFailure";

  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause));
  }
}
