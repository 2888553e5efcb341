// Feeding the profiles: the calls engine hands over each settled record, the samples of its nodes are gathered in this
// isolate and leave in batches, one for an algorithm at a time. A lost batch costs knowledge, never money.
import { waitUntil } from "cloudflare:workers";
import type { Env } from "../../env.ts";
import { type Sample, samplesOf } from "../../market/profile/sample.ts";
import type { CallRecord } from "../../market/record.ts";
import type { Profile } from "./object.ts";

/** Milliseconds samples are gathered, and how many at most. */
const GATHER_MS = 250;
const BATCH = 200;
/** Algorithms whose samples one isolate gathers; beyond them samples are dropped. */
const ALGORITHMS = 1_000;

const gathered = new Map<string, Sample[]>();

/** @param algorithm `owner/name` in any spelling */
export const profileOf = (env: Env, algorithm: string): DurableObjectStub<Profile> =>
  env.PROFILE.get(env.PROFILE.idFromName(algorithm.toLowerCase()));

async function send(env: Env, algorithm: string): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, GATHER_MS));
  const samples = gathered.get(algorithm) ?? [];
  gathered.delete(algorithm);
  try {
    await profileOf(env, algorithm).observe(samples);
  } catch (error) {
    console.error(JSON.stringify({ event: "profile-failed", algorithm, lost: samples.length, error: String(error) }));
  }
}

/** Takes note of what a settled call used. Answers at once and never fails; call it once a record, after the settlement. */
export function observe(env: Env, record: CallRecord): void {
  for (const sample of samplesOf(record)) {
    const algorithm = sample.algorithm.toLowerCase();
    const batch = gathered.get(algorithm);
    if (batch !== undefined) {
      if (batch.length < BATCH) batch.push(sample);
    } else if (gathered.size < ALGORITHMS) {
      gathered.set(algorithm, [sample]);
      waitUntil(send(env, algorithm));
    }
  }
}
