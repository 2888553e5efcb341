// What is counted: the 409 genomes of SARS-CoV-2 when they lie beside the repository, else as many generated ones of the
// same lengths. Upper-case letters, a newline after each genome (which no k-mer spans, as between records).
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

const FILE = join(import.meta.dirname, "../../../shared/data/sars-cov-2/genomes.fasta.gz");

export interface Genomes {
  readonly name: string;
  /** One per record. */
  readonly sequences: readonly string[];
}

export function genomes(): Genomes {
  if (!existsSync(FILE)) {
    const sequences = Array.from({ length: 409 }, (_, i) => generate(29_800 + (i % 100), i));
    return { name: "409 generated genomes", sequences };
  }
  const text = gunzipSync(readFileSync(FILE)).toString("latin1");
  const sequences = text.split(/^>.*\n/m).slice(1);
  return { name: "409 genomes of SARS-CoV-2", sequences: sequences.map((each) => each.replaceAll("\n", "")) };
}

/** Letters of a linear congruential generator (Numerical Recipes), every seventh genome with a run of N. */
function generate(length: number, seed: number): string {
  let state = seed >>> 0;
  const bytes = new Uint8Array(length).map(() => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return "ACGT".charCodeAt(state >>> 30);
  });
  if (seed % 7 === 0) bytes.fill(0x4e, 1000, 1400);
  return Buffer.from(bytes).toString("latin1");
}

/** FASTA text of the first sequences, 80 letters a line, not longer than `bytes`. */
export function fasta({ sequences }: Genomes, bytes: number): string {
  let text = "";
  for (const [i, letters] of sequences.entries()) {
    const record = `>genome-${i + 1}\n${letters.replaceAll(/.{1,80}/g, "$&\n")}`;
    if (text.length + record.length > bytes) break;
    text += record;
  }
  return text;
}
