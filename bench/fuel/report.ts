// The tables of `bench -- fuel`: kernel by form, geomeans by class beside their targets.
import { type FormName, type MemoryMode } from "./forms.ts";
import { type KernelClass, TARGETS } from "./kernels.ts";
import { key, type Measured, type Variant } from "./measure.ts";

const HEADS: Readonly<Record<FormName, string>> = {
  raw: "raw ms",
  naive: "naive",
  ours: "ours",
  beside: "beside",
  "wasm-metering": "wasm-m.",
};
const CLASS_NAMES: Readonly<Record<KernelClass, string>> = {
  numeric: "numeric",
  bytes: "byte loops",
  calls: "calls",
  gc: "strings, GC",
  simd: "SIMD",
};
const WIDTH = 9;

const cell = (value: number | undefined, digits = 3): string =>
  (value === undefined || Number.isNaN(value) ? "-" : value.toFixed(digits)).padStart(WIDTH);

export const geomean = (values: readonly number[]): number =>
  Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);

function header(variants: readonly Variant[], firsts: readonly FormName[]): string {
  const columns = variants.map(({ form, sliced }) => (HEADS[form] + (sliced ? " 3ms" : "")).padStart(WIDTH));
  const first = firsts.map((form) => `1st ${HEADS[form]}`.padStart(WIDTH + 3));
  return `${"kernel".padEnd(12)}${columns.join("")}${"±".padStart(7)}${first.join("")}${"fuel/ns".padStart(WIDTH)}`;
}

/** Half of the width of the middle half of the samples of the last variant that is ours, in percent. */
function noise({ ratios }: Measured, variants: readonly Variant[]): string {
  const last = variants.findLast(({ form }) => form === "ours");
  const found = last === undefined ? undefined : ratios.get(key(last));
  if (found === undefined) return "-".padStart(7);
  return `${((50 * (found.threeQuarters - found.quarter)) / found.median).toFixed(1)} %`.padStart(7);
}

function row(
  measured: Measured,
  variants: readonly Variant[],
  firsts: readonly FormName[],
  memory: MemoryMode,
): string {
  const cells = variants.map((variant) =>
    variant.form === "raw" ? cell(measured.raw.get(memory), 2) : cell(measured.ratios.get(key(variant))?.median),
  );
  const first = firsts.map((form) => cell(measured.first.get(form), 2).padStart(WIDTH + 3));
  return `${measured.kernel.name.padEnd(12)}${cells.join("")}${noise(measured, variants)}${first.join("")}${cell(measured.fuelPerNs, 2)}`;
}

const ratiosOf = (list: readonly Measured[], variant: Variant): number[] =>
  list.flatMap(({ ratios }) => ratios.get(key(variant))?.median ?? []);

function verdict(list: readonly Measured[], of: KernelClass, variant: Variant | undefined): string {
  const target = TARGETS[of];
  if (variant === undefined || target === null) return "";
  const ratios = ratiosOf(list, variant);
  const [mean, worst] = [geomean(ratios), Math.max(...ratios)];
  const passed = mean <= target.geomean && worst <= target.worst;
  const bound = Number.isFinite(target.worst) ? `, worst ${worst.toFixed(2)} of ${target.worst}` : "";
  return `  ${passed ? "reached" : "MISSED"}: ${mean.toFixed(3)} of ${target.geomean}${bound}`;
}

/** @param judged whether the targets are meant for this table */
export function report(
  list: readonly Measured[],
  variants: readonly Variant[],
  memory: MemoryMode,
  judged: boolean,
): void {
  const shown = variants.filter((variant) => variant.memory === memory);
  const firsts = list.some(({ first }) => first.size > 0) && memory === variants[0]?.memory ? firstForms(list) : [];
  console.log(header(shown, firsts));
  for (const each of list) console.log(row(each, shown, firsts, memory));
  const classes = [...new Set(list.map(({ kernel }) => kernel.class))];
  for (const of of classes) {
    const members = list.filter(({ kernel }) => kernel.class === of);
    const means = shown.map((variant) =>
      variant.form === "raw" ? " ".repeat(WIDTH) : cell(geomean(ratiosOf(members, variant))),
    );
    const first = firsts.map((form) =>
      cell(geomean(members.flatMap((each) => each.first.get(form) ?? [])), 2).padStart(WIDTH + 3),
    );
    const last = shown.findLast(({ form }) => form === "ours");
    const gap = " ".repeat(7);
    console.log(
      `= ${CLASS_NAMES[of].padEnd(10)}${means.join("")}${gap}${first.join("")}${judged ? verdict(members, of, last) : ""}`,
    );
  }
}

const firstForms = (list: readonly Measured[]): FormName[] =>
  [...(list[0]?.first.keys() ?? [])].filter((form) => form !== "raw");
