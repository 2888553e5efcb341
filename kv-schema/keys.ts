// Every KV key, spelled once. KV holds read copies of what never changes; an object always holds the truth, and a miss
// asks it, because KV may serve a value (or an absence) that is 60 s old.

/** What a stored key prefix or table is for; `test/kv-schema` fails when something is stored that has no entry. */
export interface Entry {
  /** Prefix of the KV key, or name of the SQL table. */
  readonly name: string;
  readonly example: string;
  readonly value: string;
  readonly writer: string;
  readonly readers: string;
  readonly retention: string;
}

export const KV_ENTRIES: readonly Entry[] = [
  {
    name: "key/",
    example: "key/5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef",
    value: "name of the account, in its canonical spelling. The key itself is stored nowhere",
    writer: "api/keys.ts, after the keyring object holds it; objects/keyring/find.ts, after a miss",
    readers: "objects/keyring/find.ts",
    retention: "for good; whether the key is alive is the account object's to say",
  },
  {
    name: "blob/",
    example: "blob/9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    value: "bytes of a metered module (at most 24 MiB), named by their SHA-256, which readers check",
    writer:
      "objects/blobs/store.ts, after a publish and after a miss; objects/blobs/object.ts, when it deleted too early",
    readers: "objects/blobs/store.ts",
    retention: "until the blob object is swept",
  },
  {
    name: "release/",
    example: "release/genome/kmers/1.0.0",
    value: "JSON of a Release (worker/market/release.ts): manifest, build, blob hashes",
    writer: "objects/algorithm/store.ts, after a publish and after a miss",
    readers: "objects/algorithm/store.ts",
    retention: "for good: a published version never changes",
  },
];

/** @param sha256 64 hex digits of the API key's SHA-256 */
export const apiKeyKey = (sha256: string): string => `key/${sha256}`;
/** @param sha256 64 hex digits of the bytes' SHA-256 */
export const blobKey = (sha256: string): string => `blob/${sha256}`;
/** @param algorithm canonical `owner/name` @param version `X.Y.Z` */
export const releaseKey = (algorithm: string, version: string): string => `release/${algorithm}/${version}`;
