// How evenly does fuel measure time? Fuel per nanosecond of unmetered code: of each kernel and class of kernels, of each
// kind of instruction, and of the slowest code we know; how far they lie apart, and what bounds the worst.
import { type Engine, type EngineName, startEngine } from "./fuel/engines.ts";
import { type FormName, type Forms, makeForms, type MemoryMode } from "./fuel/forms.ts";
import { KERNELS, type Kernel } from "./fuel/kernels.ts";
import { type Effort, measure, type Measured } from "./fuel/measure.ts";
import { readOptions } from "./fuel/options.ts";
import { geomean } from "./fuel/report.ts";
import { kernelOf, moduleOf, SNIPPETS } from "./fuel/weights.ts";
import { meter } from "../worker/fuel/index.ts";
import { LIMITS } from "../worker/limits.ts";
import { SLICE_FUEL } from "../worker/sandbox/guest/governor.ts";

const ENGINES: readonly EngineName[] = ["node", "workerd"];
const PARTS = ["kernels", "instructions"] as const;
const EFFORT: Effort = { rounds: 5, sample: 10, first: 0, warm: 50, turn: "timer" };

const rate = (value: number): string => value.toFixed(value < 0.1 ? 4 : 2).padStart(8);

function only(kernelForms: ReadonlyMap<MemoryMode, Forms>): ReadonlyMap<MemoryMode, Forms> {
  const wanted: readonly FormName[] = ["raw", "ours"];
  return new Map(
    [...kernelForms].map(([mode, forms]) => [mode, new Map([...forms].filter(([name]) => wanted.includes(name)))]),
  );
}

async function measureKernels(engine: Engine): Promise<Measured[]> {
  const measured: Measured[] = [];
  for (const kernel of KERNELS) {
    const forms = await makeForms(kernel, ["fixed"], { peer: undefined, beside: undefined });
    measured.push(await measure(engine, kernel, only(forms), EFFORT));
  }
  return measured;
}

async function measureSnippets(engine: Engine): Promise<Measured[]> {
  const measured: Measured[] = [];
  for (const snippet of SNIPPETS) {
    const raw = moduleOf(snippet);
    const kernel: Kernel = kernelOf(snippet);
    const ours = meter(raw, { fixedMemory: true, exportStart: true }).module.slice();
    const forms: Forms = new Map<FormName, Uint8Array<ArrayBuffer>>([
      ["raw", raw],
      ["ours", ours],
    ]);
    measured.push(await measure(engine, kernel, new Map([["fixed", forms]]), EFFORT));
  }
  return measured;
}

const slowest = (list: readonly Measured[]): number => Math.min(...list.map(({ fuelPerNs }) => fuelPerNs));
const fastest = (list: readonly Measured[]): number => Math.max(...list.map(({ fuelPerNs }) => fuelPerNs));

function showKernels(list: readonly Measured[]): void {
  console.log("\nkernels         fuel/ns: geomean, least, most");
  for (const of of new Set(list.map(({ kernel }) => kernel.class))) {
    const members = list.filter(({ kernel }) => kernel.class === of);
    const each = members.map(({ kernel, fuelPerNs }) => `${kernel.name} ${fuelPerNs.toFixed(2)}`).join(", ");
    const figures = [geomean(members.map(({ fuelPerNs }) => fuelPerNs)), slowest(members), fastest(members)];
    console.log(`${of.padEnd(15)}${figures.map(rate).join("")}   ${each}`);
  }
  const [least, most] = [slowest(list), fastest(list)];
  console.log(`all            ${" ".repeat(8)}${rate(least)}${rate(most)}   spread ${(most / least).toFixed(1)}`);
  console.log(
    `10^9 fuel take ${(1 / most).toFixed(2)} s to ${(1 / least).toFixed(2)} s; about 1 s is meant for the slowest`,
  );
}

function showSnippets(list: readonly Measured[]): void {
  console.log("\nkind of instruction                                  fuel/ns   ns of a run");
  for (const { kernel, fuelPerNs, raw } of list) {
    const time = ((raw.get("fixed") ?? Number.NaN) * 1e6).toFixed(0).padStart(14);
    console.log(`${kernel.name.padEnd(52)}${rate(fuelPerNs)}${time}`);
  }
  const ordinary = list.filter(({ kernel }) => !kernel.name.startsWith("adversary"));
  const slow = ordinary.toSorted((one, other) => one.fuelPerNs - other.fuelPerNs)[0];
  const worst = list.toSorted((one, other) => one.fuelPerNs - other.fuelPerNs)[0];
  console.log(
    `\nslowest kind: ${slow?.kernel.name}, ${rate(slow?.fuelPerNs ?? 0).trim()} fuel/ns (the table aims at 0.3)`,
  );
  showWorst(worst?.kernel.name ?? "", worst?.fuelPerNs ?? Number.NaN);
}

/** What the slowest code can do with the fuel it may have. */
function showWorst(name: string, fuelPerNs: number): void {
  const slice = SLICE_FUEL.most / fuelPerNs / 1e6;
  const usual = LIMITS.sliceFuel / fuelPerNs / 1e6;
  const call = LIMITS.callFuel / fuelPerNs / 1e9;
  console.log(
    `worst: ${name}, ${rate(fuelPerNs).trim()} fuel/ns: 10^9 fuel take ${(1 / fuelPerNs).toFixed(1)} s\n` +
      `  a first slice of ${LIMITS.sliceFuel} fuel takes ${usual.toFixed(1)} ms; the longest, ${SLICE_FUEL.most} after fast code, ` +
      `${slice.toFixed(0)} ms; the next one fits again\n` +
      `  a call of the most fuel (${LIMITS.callFuel}) would take ${call.toFixed(0)} s: its deadline, ` +
      `${LIMITS.timeoutSecondsMax} s at most, and the platform's 300 s of CPU end it before`,
  );
}

/** @param args `--engines` node or workerd (default), `--parts` kernels, instructions */
export async function run(args: string[]): Promise<void> {
  const options = readOptions(args, ["engines", "parts"], []);
  const parts = options.list("parts", PARTS);
  for (const name of options.list("engines", ENGINES, ["workerd"])) {
    const engine = await startEngine(name);
    try {
      console.log(`\n${name}: ${engine.clock.name}, medians of ${EFFORT.rounds}`);
      if (parts.includes("kernels")) showKernels(await measureKernels(engine));
      if (parts.includes("instructions")) showSnippets(await measureSnippets(engine));
    } finally {
      await engine.stop();
    }
  }
}
