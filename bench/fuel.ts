// What does metering cost? Kernels of five classes, raw, metered plainly (a global per block), by worker/fuel and, where
// it is installed, by npm's wasm-metering; in Node and in workerd, which is the judge; first call and warmed, with memory
// fixed and growable, fuel all at once and in slices of 3 ms. Each sample of one form stands beside one of each other;
// figures are medians of ratios of the CPU time of the thread that runs them. Ends with an error when a form's answer or
// memory differs from the raw one's, or when fuel depends on slices or engines.
import { type EngineName, startEngine, type Tier, TIERS } from "./fuel/engines.ts";
import { findPeer, type Forms, makeForms, type MemoryMode, meterOf } from "./fuel/forms.ts";
import { type Kernel, type KernelClass, KERNELS } from "./fuel/kernels.ts";
import type { Turn } from "./fuel/machine.ts";
import { type Effort, measure, type Measured, variantsOf } from "./fuel/measure.ts";
import { type Options, readOptions } from "./fuel/options.ts";
import { report } from "./fuel/report.ts";

const ENGINES: readonly EngineName[] = ["node", "workerd"];
const MODES: readonly MemoryMode[] = ["fixed", "growable"];
const VALUES = ["kernels", "classes", "engines", "memory", "tiers", "rounds", "sample", "first", "turn", "beside"];
/** Between slices. */
const TURNS: readonly Turn[] = ["timer", "sleep", "promise"];
const NAMES = KERNELS.map(({ name }) => name);
const CLASSES = [...new Set(KERNELS.map((kernel) => kernel.class))];

interface Plan {
  readonly kernels: readonly string[];
  readonly engines: readonly EngineName[];
  readonly memory: readonly MemoryMode[];
  readonly effort: Effort;
}

/** Some ten seconds a kernel and engine. */
const THOROUGH: Plan = {
  kernels: NAMES,
  engines: ENGINES,
  memory: MODES,
  effort: { rounds: 11, sample: 25, first: 5, warm: 150, turn: "timer" },
};
/** What `--quick` looks at unless told otherwise: half a minute for a kernel or two of each class, where it counts. */
const QUICK: Plan = {
  kernels: ["matmul", "floyd", "memchr", "words", "fib", "tfidf"],
  engines: ["workerd"],
  memory: ["fixed"],
  effort: { rounds: 5, sample: 12, first: 0, warm: 80, turn: "timer" },
};

function planOf(options: Options): Plan {
  const { kernels, engines, memory, effort } = options.flag("quick") ? QUICK : THOROUGH;
  const classes = options.list<KernelClass>("classes", CLASSES, []);
  const ofClasses = KERNELS.filter((kernel) => classes.includes(kernel.class)).map(({ name }) => name);
  return {
    kernels: options.list("kernels", NAMES, classes.length > 0 ? ofClasses : kernels),
    engines: options.list("engines", ENGINES, engines),
    memory: options.list("memory", MODES, memory),
    effort: {
      rounds: options.number("rounds", effort.rounds),
      sample: options.number("sample", effort.sample),
      first: options.number("first", effort.first),
      warm: effort.warm,
      turn: options.list<Turn>("turn", TURNS, [effort.turn])[0] ?? effort.turn,
    },
  };
}

type FormsOf = ReadonlyMap<Kernel, ReadonlyMap<MemoryMode, Forms>>;

function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${text.padEnd(40)}\r`);
}

/** One engine for each class of kernels, so that none grows old. */
async function measureAll(name: EngineName, tier: Tier, forms: FormsOf, effort: Effort): Promise<Measured[]> {
  const measured: Measured[] = [];
  for (const of of CLASSES) {
    const kernels = [...forms].filter(([kernel]) => kernel.class === of);
    if (kernels.length === 0) continue;
    const engine = await startEngine(name, tier);
    try {
      for (const [kernel, own] of kernels) {
        progress(`${name}: ${kernel.name}`);
        measured.push(await measure(engine, kernel, own, effort));
      }
    } finally {
      progress("");
      await engine.stop();
    }
  }
  return measured;
}

/** @throws Error when a kernel costs different fuel in two engines */
function agree(all: readonly (readonly [engine: string, list: readonly Measured[]])[]): void {
  const seen = new Map<string, string>();
  for (const [engine, list] of all) {
    for (const { kernel, fuels } of list) {
      for (const [memory, each] of fuels) {
        const name = `${kernel.name}, ${memory} memory`;
        const before = seen.get(name) ?? each.join();
        if (before !== each.join()) throw new Error(`${name}: fuel ${each.join()} in ${engine}, ${before} before`);
        seen.set(name, before);
      }
    }
  }
}

async function formsOf(plan: Plan, options: Options): Promise<FormsOf> {
  const peer = options.flag("quick") ? undefined : await findPeer();
  if (options.flag("quick")) console.log("wasm-metering is left out: see the whole run");
  else if (peer === undefined)
    console.log("wasm-metering is left out: the devDependency of that name is not installed");
  const beside = options.flag("beside") ? await meterOf(options.text("beside", "")) : undefined;
  const forms = new Map<Kernel, ReadonlyMap<MemoryMode, Forms>>();
  for (const kernel of KERNELS.filter(({ name }) => plan.kernels.includes(name))) {
    progress(`compiling ${kernel.name}`);
    forms.set(kernel, await makeForms(kernel, plan.memory, { peer, beside }));
  }
  return forms;
}

const MEANING: Readonly<Record<MemoryMode, string>> = {
  fixed: "memory fixed in size, as published modules have it",
  growable: "memory that may grow, as compiled",
};

function show(engine: EngineName, tier: Tier, plan: Plan, measured: readonly Measured[], forms: FormsOf): void {
  // Not every form could be made of every kernel.
  const variants = [...forms.values()].map(variantsOf).sort((a, b) => b.length - a.length)[0] ?? [];
  const which = tier === "both" ? "" : `, ${tier} only`;
  for (const mode of plan.memory) {
    const how = `${plan.effort.rounds} rounds, ${measured[0]?.clock}`;
    console.log(`\n${engine}${which}: ${MEANING[mode]}; ${how}`);
    report(measured, variants, mode, engine === "workerd" && mode === "fixed" && tier === "both");
  }
}

/**
 * @param args see VALUES; `--quick` for a look of half a minute, `--beside FOLDER` for the worker/fuel of another checkout
 *   in the same rounds, `--turn promise` for slices that do not sleep: the rest is what a timer, and caches that others
 *   have used meanwhile, cost
 */
export async function run(args: string[]): Promise<void> {
  const options = readOptions(args, VALUES, ["quick"]);
  const plan = planOf(options);
  const forms = await formsOf(plan, options);
  const all: (readonly [string, readonly Measured[]])[] = [];
  for (const tier of options.list<Tier>("tiers", TIERS, ["both"])) {
    for (const name of plan.engines) {
      const measured = await measureAll(name, tier, forms, plan.effort);
      all.push([`${name} (${tier})`, measured]);
      show(name, tier, plan, measured, forms);
    }
  }
  agree(all);
  console.log("\nanswers and memory: the same in every form; fuel: the same in every slice length and engine");
}
