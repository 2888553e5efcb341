// Runs one algorithm once: admission, load, one RPC into the sandbox.
import type { Env } from "../env.ts";
import { LIMITS, PAGE_BYTES } from "../limits.ts";
import type { Release } from "../market/release.ts";
import { type Result, err, ok } from "../market/result.ts";
import { Admission, type NotAdmitted, type Place, admission } from "./admission.ts";
import { loadSandbox, sandboxId } from "./loader.ts";
import type { Sessions } from "./sessions.ts";
import { foreignOf } from "./foreign.ts";
import { type Fate, type GuestCall, type GuestHost, type GuestReport, NO_LOG } from "./protocol.ts";

export interface RunRequest {
  /** Id of the call. */
  readonly call: string;
  readonly release: Release;
  /** The metered module's bytes, checked. */
  readonly code: Uint8Array;
  readonly input: Uint8Array;
  /** 0 text, 1 JSON, 2 bytes. */
  readonly kind: number;
  /** What it may burn before it asks its host for more. */
  readonly fuel: number;
  /** When the call must be over, in ms since 1970. */
  readonly deadline: number;
  /** How many calls wait for this one: 0 for a root. */
  readonly depth: number;
  readonly fate: Fate;
  readonly host: GuestHost;
  readonly tail: Fetcher | null;
  /** Connections to sandboxes that its tree has open; undefined: it opens one of its own. */
  readonly sessions?: Sessions;
  /** It runs from a Durable Object: where it would have to wait for memory it is refused as busy. */
  readonly near?: boolean;
}

/** The call did not run, or its report was lost, for reasons of ours. */
export type RunError = "busy" | "unavailable";

/** What time and chance of a call follow from. @param now ms since 1970 */
export const newFate = (now: number): Fate => ({ now, seed: crypto.getRandomValues(new Uint8Array(32)) });

export const guestCall = (
  request: Omit<RunRequest, "host" | "call" | "code" | "depth" | "near" | "sessions">,
): GuestCall => {
  const { fuelExport, startExport, instantiation } = request.release.metered;
  const { permissions } = request.release.manifest;
  const [state, call] = [permissions.includes("state"), permissions.includes("call")];
  const [data, dataWrite] = [permissions.includes("data"), permissions.includes("data-write")];
  const [internet, secrets] = [permissions.includes("internet"), permissions.includes("secrets")];
  const { algorithm, manifest } = request.release;
  const foreign = foreignOf(algorithm, { ...manifest, output: manifest.output.kind });
  return {
    module: { fuelExport, startExport, instantiation, state, call, data, dataWrite, internet, secrets, foreign },
    fate: request.fate,
    input: request.input,
    kind: request.kind,
    fuel: request.fuel,
    deadline: request.deadline,
    grows: false,
    tail: request.tail !== null,
  };
};

/** Bytes a call may hold in its isolate: memory, input, and an answer copied out of memory. */
function bytesHeld(request: RunRequest): number {
  const memory = request.release.metered.pages * PAGE_BYTES;
  const { abi, permissions } = request.release.manifest;
  const beside =
    (abi === "orcade" ? 0 : LIMITS.foreignBytes) +
    (permissions.includes("data") ? LIMITS.dataReadBytes : 0) +
    (permissions.includes("data-write") ? LIMITS.dataWriteBytes : 0);
  const fetched = permissions.includes("internet") ? LIMITS.fetchAnswerBytes : 0;
  // What callees answered, and inputs that wait on a list.
  const called = permissions.includes("call") ? LIMITS.answerBytes : 0;
  return memory + request.input.length + Math.min(memory, LIMITS.answerBytes) + beside + called + fetched;
}

/** What a call is told that ended before it could run. */
const notRun = (reason: "TimeoutError" | "Cancelled"): GuestReport => ({
  outcome: { kind: "stopped", reason, message: "" },
  fuel: 0,
  pages: 0,
  writes: [],
  log: NO_LOG,
  looked: false,
  since: 0,
  turned: true,
});

/** Replica numbers of a depth begin at its multiple of this. */
const DEPTH = 100;

/**
 * Calls that run from objects have isolates of their own, in which nobody waits: what waits here is woken by whoever is over,
 * and must not be by an object.
 */
const nearby = new Admission({
  isolateBytes: LIMITS.isolateBytes,
  replicas: LIMITS.replicas,
  waitingCalls: 0,
  waitingBytes: 0,
});
const NEAR = DEPTH * (LIMITS.callDepth + 1);

/**
 * Finds the call a place. A call that others wait for takes what is free among everybody's isolates, or waits in isolates of
 * its depth: who holds a place there waits for deeper ones only, so that no circle of waiting calls can close.
 */
function admitted(
  place: Place,
  id: string,
  { depth, near = false }: RunRequest,
  work: (replica: number, trusted: boolean) => Promise<GuestReport | null>,
): Promise<Result<GuestReport | null, NotAdmitted>> {
  if (near) return nearby.admit(id, place, (replica) => work(NEAR + replica, false));
  if (depth === 0) return admission.admit(id, place, work, (report) => report === null);
  if (admission.fits(id, place)) return admission.admit(id, place, work);
  return admission.admit(`${id} ${depth}`, place, (replica) => work(depth * DEPTH + replica, false));
}

/** One run in the sandbox. A throw is ours: an isolate that was lost, a store that did not answer. */
export async function runOnce(env: Env, request: RunRequest): Promise<Result<GuestReport, RunError>> {
  const id = await sandboxId(request.release);
  const { host, input, deadline, sessions } = request;
  const place = { bytes: bytesHeld(request), queued: input.length, until: deadline, cancelled: () => host.cancelled() };
  try {
    const report = await admitted(place, id, request, async (replica, trusted) => {
      const load = () => loadSandbox(env, request.release, request.code, replica, request.tail);
      const call = { ...guestCall(request), grows: true, holds: place.bytes, trusted };
      if (sessions === undefined) return (await load()).run(call, host);
      // By depth, too: who waits for deeper ones keeps its connection to itself meanwhile.
      return sessions.run(`${id} ${replica} ${request.depth}`, request.release.metered.sha256, load, call, host);
    });
    if (report.ok) return report.value === null ? err("busy") : ok(report.value);
    if (report.error === "busy") return err("busy");
    return ok(notRun(report.error === "late" ? "TimeoutError" : "Cancelled"));
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    console.error(JSON.stringify({ event: "sandbox-failed", call: request.call, error: detail }));
    return err("unavailable");
  }
}
