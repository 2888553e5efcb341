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
  /** When the call must be over, in ms since 1970. */
  readonly deadline: number;
  /** The store of this algorithm and caller; null when the manifest does not ask for state. */
  readonly state: StateStore | null;
  readonly tail: Fetcher | null;
}

/** The call ran, but its state could not be committed. */
export type CommitError = "state-conflict" | "state-full";
/** busy and unavailable: the call did not run, or its report was lost, for reasons of ours. */
export type RunError = "busy" | "unavailable" | CommitError;

export const guestCall = (request: Omit<RunRequest, "state" | "call" | "code">): GuestCall => {
  const { fuelExport, startExport, instantiation } = request.release.metered;
  const state = request.release.manifest.permissions.includes("state");
  return {
    module: { fuelExport, startExport, instantiation, state },
    input: request.input,
    kind: request.kind,
    fuel: request.fuel,
    deadline: request.deadline,
    tail: request.tail !== null,
  };
};

/** Bytes a call may hold in its isolate: memory, input, and an answer copied out of memory. */
function bytesHeld(request: RunRequest): number {
  const memory = request.release.metered.pages * PAGE_BYTES;
  return memory + request.input.length + Math.min(memory, LIMITS.answerBytes);
}

/** What a call is told that ended before it could run. */
const late = (): GuestReport => ({
  outcome: { kind: "stopped", reason: "TimeoutError", message: "" },
  fuel: 0,
  pages: 0,
  writes: [],
});

/** One run in the sandbox. A throw is ours: an isolate that was lost, a store that did not answer. */
async function runOnce(
  env: Env,
  request: RunRequest,
  session: StateSession | null,
): Promise<Result<GuestReport, "busy" | "unavailable">> {
  const id = await sandboxId(request.release);
  const place = { bytes: bytesHeld(request), queued: request.input.length, until: request.deadline };
  try {
    const report = await admission.admit(id, place, async (replica) => {
      const sandbox = await loadSandbox(env, request.release, request.code, replica, request.tail);
      return sandbox.run(guestCall(request), session);
    });
    if (report.ok) return report;
    return report.error === "busy" ? err("busy") : ok(late());
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    console.error(JSON.stringify({ event: "sandbox-failed", call: request.call, error: detail }));
    return err("unavailable");
  }
}

/** Waits for the store, no longer than the call may last. @returns whether it is held */
async function holdUntil(state: StateStore, call: string, deadline: number): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), Math.max(0, deadline - Date.now()));
  });
  const held = await Promise.race([state.hold(call).then(() => true), over]);
  clearTimeout(timer);
  return held;
}

type Attempt = Result<GuestReport, RunError> | "conflict";

/** Runs once and commits. What was read must have been one state of the store, whether the call wrote or not. */
async function attempt(env: Env, request: RunRequest, state: StateStore): Promise<Attempt> {
  const session = new StateSession(state);
  const report = await runOnce(env, request, session);
  if (!report.ok) return report;
  const { outcome, writes } = report.value;
  const effects = outcome.kind === "answered" ? writes : [];
  if (session.needsNoCommit(effects)) return report;
  const committed = await state.commit(session.commit(request.call, effects));
  if (committed.ok) return report;
  return committed.error === "full" ? err("state-full") : "conflict";
}

/**
 * Runs the call and commits its state. A commit that throws is thrown on: whether it took effect is not known then. What it read may have changed meanwhile: then it runs again, at most
 * LIMITS.stateRuns times in all and charged once, holding the store from the second run on.
 */
export async function runCall(env: Env, request: RunRequest): Promise<Result<GuestReport, RunError>> {
  const { state, call, deadline } = request;
  if (state === null) return runOnce(env, request, null);
  const first = await attempt(env, request, state);
  if (first !== "conflict") return first;
  try {
    for (let run = 2; run <= LIMITS.stateRuns; run++) {
      if (!(await holdUntil(state, call, deadline))) return ok(late());
      const again = await attempt(env, request, state);
      if (again !== "conflict") return again;
    }
    return err("state-conflict");
  } finally {
    // Best effort: a hold that is not released ends by itself.
    await state.release(call).catch(() => undefined);
  }
}
