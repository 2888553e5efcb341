// The call `orcade start` makes to show that the system works: k-mers of a real genome.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { callAlgorithm, type Outcome } from "../calling.ts";
import { CliFailure, EXIT } from "../failure.ts";
import { readAuthored } from "../folder.ts";
import type { Input } from "../input.ts";
import { sampleInput } from "../input.ts";
import type { Settings } from "../settings.ts";
import { parseTarget } from "../target.ts";

export const SHOWN = "genome/kmers";
const FASTA = new Set([".fa", ".fasta", ".fna"]);

export interface Shown {
  /** Path of the genome, relative to the checkout; undefined when the manifest's sample was used. */
  readonly file: string | undefined;
  readonly outcome: Outcome;
}

/** The genome that comes with the algorithm. @returns a path relative to the checkout */
function genomeFile(checkout: string): string | undefined {
  const folder = join("algorithms", SHOWN, "sample");
  if (!existsSync(join(checkout, folder))) return undefined;
  const file = readdirSync(join(checkout, folder))
    .sort()
    .find((name) => FASTA.has(extname(name)));
  return file === undefined ? undefined : join(folder, file);
}

function inputFor(checkout: string, file: string | undefined): Input {
  if (file === undefined) return sampleInput(readAuthored(join(checkout, "algorithms", SHOWN)).sample ?? {}, "json");
  const fasta = readFileSync(join(checkout, file), "utf8");
  return { kind: "json", bytes: new TextEncoder().encode(JSON.stringify({ fasta, k: 2 })) };
}

export async function firstCall(settings: Settings, checkout: string): Promise<Shown> {
  const file = genomeFile(checkout);
  const outcome = await callAlgorithm(settings, parseTarget(SHOWN), inputFor(checkout, file), {});
  if (outcome.error === undefined) return { file, outcome };
  const { type, message } = outcome.error;
  throw new CliFailure(EXIT.failed, "first-call", `${SHOWN} failed on its own sample: ${type}: ${message}`);
}
