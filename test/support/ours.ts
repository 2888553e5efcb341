// The algorithms of this repository, built once for all tests: a compilation takes seconds, and what `npm start` has built
// serves as well.
import { readFileSync } from "node:fs";
import { buildOurs } from "../../scripts/build.ts";
import type { Manifest } from "../../worker/market/manifest.ts";

export interface Ours {
  readonly module: Uint8Array<ArrayBuffer>;
  readonly manifest: Manifest;
}

/** @param name OWNER/NAME below algorithms/ */
export async function ours(name: string): Promise<Ours> {
  const { modulePath, manifest } = await buildOurs(name);
  return { module: new Uint8Array(readFileSync(modulePath)), manifest };
}
