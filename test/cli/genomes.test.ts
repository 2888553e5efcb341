// `orcade genomes generate`: the same for the same seed, whatever part is made, with clades that can be told apart.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cladesOf, firstRecord, genomes, LETTERS_PER_CLADE, type Plan } from "../../cli/genomes/generate.ts";
import { CHECKOUT } from "../../cli/io.ts";
import { orcade, temporaryFolder } from "./harness.ts";

const REFERENCE = join(CHECKOUT, "algorithms/genome/kmers/sample/MN908947.3.fasta");
const reference = firstRecord(readFileSync(REFERENCE, "utf8"));
const plan = (rest: Partial<Plan> = {}): Plan => ({ reference, seed: 7, count: 300, clades: 32, ...rest });
const text = (of: Plan): string => Array.from(genomes(of), (batch) => new TextDecoder().decode(batch)).join("");

/** Records of FASTA: id, clade, letters. */
const records = (fasta: string): string[][] =>
  fasta
    .split(/^>/m)
    .slice(1)
    .map((record) => [
      ...record.slice(0, record.indexOf("\n")).split(" clade="),
      record.slice(record.indexOf("\n")).replaceAll("\n", ""),
    ]);

function differences(a: Uint8Array, b: Uint8Array): number {
  let count = Math.abs(a.length - b.length);
  for (let i = 0; i < Math.min(a.length, b.length); i++) count += Number(a[i] !== b[i]);
  return count;
}

describe("genomes", () => {
  it("follow from the seed alone, on every machine", () => {
    const hash = createHash("sha256").update(text(plan())).digest("hex");
    expect(hash).toBe("307b435ccca9d3bbbdbda3adad34314ac8778b81eb73800aa391669666fcf28c");
    expect(text(plan({ seed: 8 }))).not.toBe(text(plan()));
  });

  it("are the same in parts", () => {
    const parts = [plan({ count: 1 }), plan({ from: 1, count: 198 }), plan({ from: 199, count: 101 })];
    expect(parts.map(text).join("")).toBe(text(plan()));
  });

  it("are FASTA with lines of 80 letters, names and clades", () => {
    const fasta = text(plan());
    for (const line of fasta.split("\n")) expect(line).toMatch(/^(?:>g\d{7} clade=C\d\d|[ACGTN]{1,80}|)$/);
    const all = records(fasta);
    expect(all.map(([id]) => id)).toEqual(Array.from({ length: 300 }, (_, i) => `g${String(i).padStart(7, "0")}`));
    expect(new Set(all.map(([, clade]) => clade)).size).toBe(32);
    expect(all.some(([, , letters = ""]) => /N{50}/.test(letters))).toBe(true);
    expect(new Set(all.map(([, , letters]) => letters)).size).toBeGreaterThan(290);
  });

  it("differ from their clade by less than 61 letters and one stretch of N", () => {
    const clades = new Map(cladesOf(plan()).map(({ name, letters }) => [name, letters]));
    for (const [, clade = "", letters = ""] of records(text(plan({ count: 100 })))) {
      const ancestor = clades.get(clade) ?? new Uint8Array(0);
      const known = letters.replaceAll(/N/g, (_, at: number) => String.fromCharCode(ancestor[at] ?? 0));
      expect(differences(new TextEncoder().encode(known), ancestor)).toBeLessThanOrEqual(60);
    }
  });

  it("clades differ by eight letters at least, and the first is the reference", () => {
    const [first, ...others] = cladesOf(plan({ clades: 60 }));
    expect(first?.letters).toEqual(reference);
    const same = others.filter(({ letters }) => letters.length === reference.length);
    expect(same.length).toBeGreaterThan(10);
    for (const [i, a] of same.entries()) {
      for (const b of same.slice(0, i)) expect(differences(a.letters, b.letters)).toBeGreaterThanOrEqual(8);
    }
  });
});

describe("orcade genomes generate", () => {
  const run = (cwd: string, ...argv: string[]) => orcade(["genomes", "generate", ...argv], { cwd });

  it("writes a file", async () => {
    const cwd = temporaryFolder();
    const { code, stdout } = await run(cwd, "--count", "300", "--seed", "7", "-o", "a.fasta");
    expect([code, stdout]).toEqual([0, expect.stringContaining("300 genomes of 32 clades, 9,")]);
    expect(readFileSync(join(cwd, "a.fasta"), "utf8")).toBe(text(plan()));
  });

  it("takes another reference", async () => {
    const cwd = temporaryFolder();
    const short = "acgt".repeat((2 * LETTERS_PER_CLADE) / 4);
    writeFileSync(join(cwd, "short.fa"), `>x y\r\n${short}\r\n>z\r\nACGT\r\n`);
    const args = ["--count", "3", "--reference", "short.fa", "-o", "b.fasta"];
    expect((await run(cwd, ...args, "--clades", "2")).code).toBe(0);
    const refused = await run(cwd, ...args, "--clades", "3");
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining("need a reference of 96 letters")]);
  });

  it.each([
    ["no count", ["-o", "x"], "--count takes a whole number"],
    ["no genomes", ["--count", "0", "-o", "x"], "--count takes a whole number, 1 to"],
    ["a count that is none", ["--count", "1e3", "-o", "x"], "--count takes"],
    ["too many", ["--count", "2", "--from", "9999999", "-o", "x"], "--count takes a whole number, 1 to 1"],
    ["too many clades", ["--count", "2", "--clades", "501", "-o", "x"], "--clades takes a whole number, 1 to 500"],
    ["no file to write", ["--count", "2"], "Say where to write"],
    ["a folder that is not there", ["--count", "2", "-o", "no/x"], "cannot be written"],
    ["a reference that is not there", ["--count", "2", "--reference", "none", "-o", "x"], "cannot be read"],
    ["a reference that is none", ["--count", "2", "--reference", "a.txt", "-o", "x"], "is no FASTA"],
  ])("refuses %s", async (_, argv, message) => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, "a.txt"), ">x\nHELLO\n");
    const { code, stderr } = await run(cwd, ...argv);
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
    expect(existsSync(join(cwd, "x"))).toBe(false);
  });
});
