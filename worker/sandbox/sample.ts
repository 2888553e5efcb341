// Runs a module on its sample, once, when it is published. It gets no capability but an empty state that forgets, and data of
// which there is none.
import { RpcTarget } from "cloudflare:workers";
import type { Env } from "../env.ts";
import { LIMITS } from "../limits.ts";
import { shownFuel } from "../market/record/view.ts";
import type { Release } from "../market/release.ts";
import { type SampleRun, sampleBytes, shownOutput } from "../market/sample.ts";
import { loadSandbox } from "./loader.ts";
import { type GuestHost, type GuestOutcome, KIND_NUMBER } from "./protocol.ts";
import { guestCall, newFate } from "./run.ts";

const SAMPLE_MS = 30_000;

/** A store in which nothing is, and nothing stays; and files that are not there. */
class EmptyHost extends RpcTarget {
  /** Whether data was asked for: what the module came to says nothing then. */
  #reads = false;

  get reads(): boolean {
    return this.#reads;
  }

  stateGet(): Promise<null> {
    return Promise.resolve(null);
  }
  stateList(): Promise<readonly Uint8Array[]> {
    return Promise.resolve([]);
  }
  dataSize(): Promise<null> {
    return this.#absent();
  }
  dataRead(): Promise<null> {
    return this.#absent();
  }
  dataList(): Promise<null> {
    return this.#absent();
  }
  #absent(): Promise<null> {
    this.#reads = true;
    return Promise.resolve(null);
  }
}

/** What a sample may use: there is an empty one of each. */
const EMPTY: readonly string[] = ["state", "data"];

/** @param fuel as everybody may know it */
function runOf(outcome: GuestOutcome, fuel: number): SampleRun {
  switch (outcome.kind) {
    case "answered": {
      const { answer, bytes } = outcome;
      return { status: "completed", fuel, bytes: bytes.length, kind: answer, output: shownOutput(answer, bytes) };
    }
    case "failed":
      return { status: "failed", fuel, error: { type: outcome.type, message: outcome.message } };
    case "stopped":
      return { status: "failed", fuel, error: { type: outcome.reason, message: outcome.message } };
  }
}

/** @param code bytes of the metered module @param tail as in proveModule */
export async function trySample(
  env: Env,
  release: Release,
  code: Uint8Array,
  tail: Fetcher | null,
): Promise<SampleRun> {
  const { manifest } = release;
  if (manifest.sample === undefined) return { status: "none" };
  const permissions: readonly string[] = manifest.permissions;
  const others = permissions.filter((permission) => !EMPTY.includes(permission));
  if (others.length > 0)
    return { status: "skipped", reason: `it uses ${others.join(" and ")}, which publishing does not pay for` };
  const input = sampleBytes(manifest);
  if (!input.ok) return { status: "skipped", reason: `the sample ${input.error}` };
  const kind = KIND_NUMBER[manifest.input.kind];
  const now = Date.now();
  const more = { kind, fuel: LIMITS.sampleFuel, deadline: now + SAMPLE_MS, tail, fate: newFate(now) };
  const call = guestCall({ release, input: input.value, ...more });
  const empty = new EmptyHost();
  const host = permissions.length > 0 ? (empty as unknown as GuestHost) : null;
  try {
    const sandbox = await loadSandbox(env, release, code, 0, tail);
    const report = await sandbox.run(call, host);
    // It was not let in on trust.
    if (report === null) throw new TypeError("refused");
    const { outcome, fuel } = report;
    if (empty.reads) return { status: "skipped", reason: "it reads data, of which publishing has none" };
    return runOf(outcome, shownFuel(fuel, manifest.source === "open"));
  } catch (error) {
    console.error(JSON.stringify({ event: "sample-failed", algorithm: release.algorithm, error: String(error) }));
    return { status: "skipped", reason: "it could not be tried just then" };
  }
}
