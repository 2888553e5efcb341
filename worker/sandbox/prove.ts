// The last check of a publish: the module is loaded and instantiated for real, and its start function run on little fuel.
// Engines have limits that validation does not know (sizes of tables, functions, types); here they show.
import type { Env } from "../env.ts";
import { LIMITS } from "../limits.ts";
import type { PublishCode } from "../market/codes.ts";
import type { Release } from "../market/release.ts";
import { type Result, err, ok } from "../market/result.ts";
import { loadSandbox } from "./loader.ts";
import type { GuestOutcome } from "./protocol.ts";
import { guestCall, newFate } from "./run.ts";

export interface ProofError {
  /** `busy`: our own failure, which says nothing of the module. */
  readonly reason: Extract<PublishCode, "start-exhausted" | "start-failed" | "invalid-module"> | "busy";
  readonly message: string;
}

const PROOF_MS = 30_000;

function verdict(outcome: GuestOutcome): Result<null, ProofError> {
  switch (outcome.kind) {
    case "answered":
      return ok(null);
    case "failed":
      return err({ reason: "start-failed", message: `${outcome.type}: ${outcome.message}` });
    case "stopped":
      return outcome.reason === "FuelExhausted" || outcome.reason === "TimeoutError"
        ? err({ reason: "start-exhausted", message: `${LIMITS.proofFuel} fuel` })
        : err({ reason: "start-failed", message: outcome.message });
  }
}

/** What an engine says of a module that it does not take; anything else that is thrown is about us. */
const REFUSED = /Failed to start Worker|CompileError|LinkError/;

function thrown(error: unknown): ProofError {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  if (REFUSED.test(text)) return { reason: "invalid-module", message: error instanceof Error ? error.message : text };
  console.error(JSON.stringify({ event: "proof-failed", error: text }));
  return { reason: "busy", message: "The module could not be tried just now." };
}

/**
 * @param code bytes of the metered module
 * @param tail the one that calls of this module will name: the first load of a sandbox's id decides for all
 */
export async function proveModule(
  env: Env,
  release: Release,
  code: Uint8Array,
  tail: Fetcher | null,
): Promise<Result<null, ProofError>> {
  const input = new Uint8Array(0);
  const call = guestCall({
    release,
    input,
    kind: 0,
    fuel: LIMITS.proofFuel,
    deadline: Date.now() + PROOF_MS,
    tail,
    fate: newFate(Date.now()),
  });
  try {
    const sandbox = await loadSandbox(env, release, code, 0, tail);
    return verdict((await sandbox.prove(call)).outcome);
  } catch (error) {
    return err(thrown(error));
  }
}
