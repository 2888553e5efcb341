// How often one host is asked from one isolate: a bucket that fills steadily. Not an accounting system; it keeps a module in
// a loop from being a nuisance to somebody else's server.

const PER_SECOND = 20;
const BURST = 40;
const HOSTS_KEPT = 1_000;

interface Bucket {
  left: number;
  at: number;
}

export class HostRates {
  readonly #buckets = new Map<string, Bucket>();

  /** Takes one request to a host. @param now ms @returns whether there was one left */
  take(host: string, now: number): boolean {
    const bucket = this.#buckets.get(host) ?? this.#fresh(host, now);
    bucket.left = Math.min(BURST, bucket.left + ((now - bucket.at) / 1_000) * PER_SECOND);
    bucket.at = now;
    if (bucket.left < 1) return false;
    bucket.left -= 1;
    return true;
  }

  #fresh(host: string, now: number): Bucket {
    if (this.#buckets.size >= HOSTS_KEPT) this.#buckets.clear();
    const bucket = { left: BURST, at: now };
    this.#buckets.set(host, bucket);
    return bucket;
  }
}
