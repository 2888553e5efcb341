// `orcade genomes`: FASTA to try jobs on, made here without a server.
import { closeSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Command, type Invocation, type Report, textOption } from "../command.ts";
import { EXIT, messageOf, usage } from "../failure.ts";
import { firstRecord, genomes, LETTERS_PER_CLADE, MOST_CLADES, type Plan } from "../genomes/generate.ts";
import { labelled, sketch, SKETCH_K } from "../genomes/sketch.ts";
import { byteCount, count } from "../print.ts";

const REFERENCE = "algorithms/genome/kmers/sample/MN908947.3.fasta";
const MOST_GENOMES = 9_999_999;
const CLADES = 32;
/** References of one sketch: genome/nearest holds them all in memory. */
const MOST_REFERENCES = 10_000;

function wholeNumber(invocation: Invocation, name: string, least: number, most: number, otherwise?: number): number {
  const text = textOption(invocation, name);
  if (text === undefined && otherwise !== undefined) return otherwise;
  const value = Number(text ?? "");
  if (text !== undefined && /^\d+$/.test(text) && value >= least && value <= most) return value;
  throw usage(`--${name} takes a whole number, ${count(least)} to ${count(most)}.`);
}

function referenceOf({ io }: Invocation, file: string | undefined): Uint8Array {
  const path = file === undefined ? join(io.checkout, REFERENCE) : resolve(io.cwd, file);
  let letters: Uint8Array;
  try {
    letters = firstRecord(readFileSync(path, "utf8"));
  } catch (error) {
    throw usage(`${path} cannot be read: ${messageOf(error)}.`);
  }
  const wrong = letters.findIndex((letter) => !"ACGTRYSWKMBDHVN".includes(String.fromCharCode(letter)));
  if (letters.length > 0 && wrong < 0) return letters;
  throw usage(`${path} is no FASTA: its first record must hold letters of DNA, with ">id" in the line before.`);
}

function planOf(invocation: Invocation): Plan {
  const reference = referenceOf(invocation, textOption(invocation, "reference"));
  const clades = wholeNumber(invocation, "clades", 1, MOST_CLADES, CLADES);
  if (clades * LETTERS_PER_CLADE > reference.length) {
    throw usage(`${clades} clades need a reference of ${count(clades * LETTERS_PER_CLADE)} letters.`);
  }
  const seed = wholeNumber(invocation, "seed", 0, Number.MAX_SAFE_INTEGER, 1);
  const from = wholeNumber(invocation, "from", 0, MOST_GENOMES, 0);
  const most = MOST_GENOMES - from + 1;
  return { reference, clades, seed, from, count: wholeNumber(invocation, "count", 1, most) };
}

/** Opens the file, or says why not. */
function opened(path: string): number {
  try {
    return openSync(path, "w");
  } catch (error) {
    throw usage(`${path} cannot be written: ${messageOf(error)}.`);
  }
}

function write(path: string, plan: Plan): number {
  const file = opened(path);
  let bytes = 0;
  try {
    for (const batch of genomes(plan)) {
      for (let at = 0; at < batch.length;) at += writeSync(file, batch, at);
      bytes += batch.length;
    }
  } catch (error) {
    // Half a file would pass for a whole one.
    rmSync(path, { force: true });
    throw usage(`${path} cannot be written: ${messageOf(error)}.`);
  } finally {
    closeSync(file);
  }
  return bytes;
}

async function generate(invocation: Invocation): Promise<Report> {
  const plan = planOf(invocation);
  const output = textOption(invocation, "output");
  if (output === undefined) throw usage("Say where to write the genomes: -o FILE.");
  const path = resolve(invocation.io.cwd, output);
  const bytes = await invocation.progress("generating", () => Promise.resolve(write(path, plan)));
  return {
    exit: EXIT.ok,
    json: { output: path, genomes: plan.count, bytes, clades: plan.clades, seed: plan.seed },
    text: `${output}: ${count(plan.count)} genomes of ${plan.clades} clades, ${byteCount(bytes)}`,
  };
}

export const genomesGenerate: Command = {
  name: "genomes generate",
  summary: "make as many genomes as you like out of one, the same for the same seed",
  description:
    "Mutates a reference (SARS-CoV-2 unless --reference says otherwise) into clades that descend from one another, and those " +
    "into genomes with mutations of their own; the header of each names its clade: `>g0000012 clade=C07`.",
  options: [
    { flags: "--count <n>", description: "how many genomes" },
    { flags: "--seed <n>", description: "what they follow from (default: 1)" },
    { flags: "--clades <n>", description: `how many clades, 1 to ${MOST_CLADES} (default: ${CLADES})` },
    { flags: "--from <n>", description: "the number of the first (default: 0): parts of one set can be made apart" },
    { flags: "--reference <file>", description: "FASTA whose first record they descend from" },
    { flags: "-o, --output <file>", description: "the file to write" },
  ],
  examples: ["orcade genomes generate --count 20000 --seed 7 -o genomes.fasta"],
  run: generate,
};

function readText({ io }: Invocation, file: string): string {
  try {
    return readFileSync(resolve(io.cwd, file), "utf8");
  } catch (error) {
    throw usage(`${file} cannot be read: ${messageOf(error)}.`);
  }
}

async function makeSketch(invocation: Invocation): Promise<Report> {
  const [file = ""] = invocation.operands;
  const field = textOption(invocation, "label") ?? "clade";
  const k = wholeNumber(invocation, "k", 1, SKETCH_K.largest, SKETCH_K.usual);
  const output = textOption(invocation, "output");
  if (output === undefined) throw usage("Say where to write the sketches: -o FILE.");
  const genomes = labelled(readText(invocation, file), field);
  if (genomes.length < 2) throw usage(`${file} must hold two genomes or more with headers such as ">id ${field}=A".`);
  if (genomes.length > MOST_REFERENCES) throw usage(`${file} holds more than ${count(MOST_REFERENCES)} genomes.`);
  const bytes = await invocation.progress("sketching", () => Promise.resolve(sketch(genomes, k)));
  try {
    writeFileSync(resolve(invocation.io.cwd, output), bytes);
  } catch (error) {
    throw usage(`${output} cannot be written: ${messageOf(error)}.`);
  }
  const clades = new Set(genomes.map(({ clade }) => clade)).size;
  return {
    exit: EXIT.ok,
    json: { output, genomes: genomes.length, clades, k, bytes: bytes.length },
    text: `${output}: ${count(genomes.length)} genomes of ${clades} clades, ${byteCount(bytes.length)}`,
  };
}

export const genomesSketch: Command = {
  name: "genomes sketch",
  operands: "<file>",
  summary: "make reference sketches for genome/nearest of genomes whose clades are known",
  description:
    "Reads FASTA whose headers tell clades (`>id clade=20A`; others are passed over) and writes what genome/nearest needs to tell " +
    "them apart. Put the file into a collection, and name it as `references`.",
  options: [
    { flags: "--label <field>", description: "the field of the header (default: clade)" },
    { flags: "--k <n>", description: `letters of a word, 1 to ${SKETCH_K.largest} (default: ${SKETCH_K.usual})` },
    { flags: "-o, --output <file>", description: "the file to write" },
  ],
  examples: ["orcade genomes sketch known.fasta -o known.sketch && orcade data cp known.sketch data://.my/references/"],
  run: makeSketch,
};
