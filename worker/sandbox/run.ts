// Runs one algorithm once: admission, load, one RPC into the sandbox; and again when its state changed under it.
import type { Env } from "../env.ts";
import { LIMITS, PAGE_BYTES } from "../limits.ts";
import type { Release } from "../market/release.ts";
import { type Result, err, ok } from "../market/result.ts";
import { admission } from "./admission.ts";
import { loadSandbox, sandboxId } from "./loader.ts";
import type { GuestCall, GuestReport } from "./protocol.ts";
import { StateSession } from "./session.ts";
import type { StateStore } from "./state.ts";

export interface RunRequest {
  /** Id of the call. */
  readonly call: string;
  readonly release: Release;
  /** The metered module's bytes, checked. */
  readonly code: Uint8Array;
  readonly input: Uint8Array;
  /** 0 text, 1 JSON, 2 bytes. */
  readonly kind: number;
  readonly fuel: number;
  readonly timeoutMs: number;
  /** The store of this algorithm and caller; null when the manifest does not ask for state. */
  readonly state: StateStore | null;
  readonly tail: Fetcher | null;
}

export type RunError = "busy" | "state-conflict" | "state-full";

export const guestCall = (request: Omit<RunRequest, "state" | "call" | "code">): GuestCall => {
  const { fuelExport, startExport, instantiation } = request.release.metered;
  const state = request.release.manifest.permissions.includes("state");
  return {
    module: { fuelExport, startExport, instantiation, state },
    input: request.input,
    kind: request.kind,
    fuel: request.fuel,
    timeoutMs: request.timeoutMs,
    tail: request.tail !== null,
  };
};

/** Bytes a call may hold in its isolate: memory, input, and an answer copied out of memory. */
function bytesHeld(request: RunRequest): number {
  const memory = request.release.metered.pages * PAGE_BYTES;
  return memory + request.input.length + Math.min(memory, LIMITS.answerBytes);
}

async function runOnce(
  env: Env,
  request: RunRequest,
  session: StateSession | null,
): Promise<Result<GuestReport, "busy">> {
  const id = await sandboxId(request.release);
  return admission.admit(id, bytesHeld(request), async (replica) => {
    const sandbox = await loadSandbox(env, request.release, request.code, replica, request.tail);
    return sandbox.run(guestCall(request), session);
  });
}

/**
 * Runs the call and commits its state. What it read may have changed meanwhile: then it runs again, at most
 * LIMITS.stateRuns times in all and charged once, holding the store from the second run on.
 */
export async function runCall(env: Env, request: RunRequest): Promise<Result<GuestReport, RunError>> {
  const { state, call } = request;
  if (state === null) return runOnce(env, request, null);
  for (let run = 1; run <= LIMITS.stateRuns; run++) {
    if (run > 1) await state.hold(call);
    const session = new StateSession(state);
    const report = await runOnce(env, request, session);
    if (!report.ok || report.value.outcome.kind !== "answered" || session.untouched(report.value.writes)) {
      if (run > 1) await state.release(call);
      return report;
    }
    const committed = await state.commit(session.commit(call, report.value.writes));
    if (committed.ok) return ok(report.value);
    if (committed.error === "full") return err("state-full");
  }
  return err("state-conflict");
}
