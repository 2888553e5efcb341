// One call of a module: its instance, its host functions, its end. Of Workers it uses nothing, so that a receipt's replay can
// run the same code anywhere. No mutable module-level state, so that no call can see another's.
import { FUEL_LOG, type GuestCall, type GuestHost, type GuestOutcome, type GuestReport } from "../protocol.ts";
import { Allowance, type GrowingCall } from "./allowance.ts";
import { Asking } from "./asking.ts";
import { Callee } from "./callee.ts";
import { Chance, VirtualClock } from "./chance.ts";
import { type Foreigner, foreigner } from "./foreign.ts";
import { GuestData } from "./data.ts";
import { FuelTank } from "./fuel.ts";
import type { Governor } from "./governor.ts";
import { type Desk, hostFunctions } from "./imports.ts";
import { GuestMemory } from "./memory.ts";
import { Outside } from "./outside.ts";
import { Sayings } from "./sayings.ts";
import { GuestState } from "./state.ts";
import { Stop } from "./stop.ts";

/** One call's instance with all that belongs to it. */
interface Machine extends Desk {
  readonly asking: Asking;
  instance: WebAssembly.Instance | undefined;
}

function machine(asked: GuestCall, host: GuestHost | null, governor: Governor | undefined): Machine {
  const call: GrowingCall = { ...asked };
  const tank = new FuelTank(call, host === null ? null : () => host.cancelled(), governor);
  const asking = new Asking(host, call.deadline);
  const made: Machine = {
    call,
    tank,
    asking,
    allowance: new Allowance(call, tank, asking),
    state: call.module.state ? new GuestState(asking) : null,
    callee: call.module.call ? new Callee(asking) : null,
    data: call.module.data || call.module.dataWrite === true ? new GuestData(asking) : null,
    outside: call.module.internet === true || call.module.secrets === true ? new Outside(asking) : null,
    clock: new VirtualClock(call.fate),
    chance: new Chance(call.fate),
    sayings: new Sayings(host),
    said: { answer: { kind: "void", bytes: new Uint8Array(0) }, done: null },
    memory: () => new GuestMemory(made.instance?.exports["memory"] as WebAssembly.Memory),
    instance: undefined,
  };
  return made;
}

type Export = (() => void) | undefined;

/** Instantiates and runs start and, unless it is only a trial, apply: each metered and able to suspend. */
async function drive(module: WebAssembly.Module, made: Machine, trial: boolean): Promise<void> {
  const { tank, allowance } = made;
  const refuel = new WebAssembly.Suspending(async (balance: bigint) => {
    await allowance.slice();
    return tank.refuel(balance);
  });
  const { module: build } = made.call;
  const other = build.foreign === null ? null : foreigner(made, build.foreign);
  made.instance = new WebAssembly.Instance(module, {
    ...other?.imports,
    orcade: hostFunctions(made),
    "orcade:fuel": { refuel },
  } as WebAssembly.Imports);
  const { exports } = made.instance;
  tank.connect(exports[build.fuelExport] as WebAssembly.Global);
  const start = build.startExport === null ? undefined : (exports[build.startExport] as Export);
  if (start !== undefined) await tank.enter(WebAssembly.promising(start));
  if (!trial) await answer(made, other);
  tank.settle();
}

async function answer(made: Machine, other: Foreigner | null): Promise<void> {
  const { tank, said, instance } = made;
  const exports = instance?.exports ?? {};
  if (other === null) return tank.enter(WebAssembly.promising(exports["apply"] as () => void));
  const bytes = await other.run(exports, async (run) => {
    let result: unknown;
    await tank.enter(async () => (result = await WebAssembly.promising(run)()));
    return result;
  });
  said.answer = { kind: made.call.module.foreign?.output ?? "void", bytes };
}

/** V8's words for the end of the stack, the only RangeError that is a module's own doing. */
const STACK = /call stack/i;

/** What a throw means: our own stop, the engine's trap, the stack's end. */
function outcomeOf(error: unknown, tank: FuelTank): GuestOutcome {
  if (tank.dry) return { kind: "stopped", reason: "FuelExhausted", message: "" };
  if (error instanceof Stop) return error.outcome;
  if (error instanceof WebAssembly.RuntimeError) return { kind: "stopped", reason: "Trap", message: error.message };
  if (error instanceof RangeError && STACK.test(error.message)) {
    return { kind: "stopped", reason: "StackOverflow", message: error.message };
  }
  // Neither the module's doing nor foreseen: no memory to be had, a host function that failed. Not an outcome of the call.
  throw error;
}

/**
 * Runs a metered module once.
 * @param host null: it can ask nothing of the outside @param trial instantiates and runs the start function only
 * @param governor of those that run one after the other: what it learned of the code holds for the next
 * @throws what neither the module did nor anybody foresaw
 */
export async function runModule(
  module: WebAssembly.Module,
  call: GuestCall,
  host: GuestHost | null,
  trial: boolean,
  governor?: Governor,
): Promise<GuestReport> {
  const made = machine(call, host, governor);
  let outcome: GuestOutcome;
  try {
    await drive(module, made, trial);
    outcome = { kind: "answered", answer: made.said.answer.kind, bytes: made.said.answer.bytes };
  } catch (error) {
    outcome = outcomeOf(error, made.tank);
  } finally {
    made.asking.end();
  }
  const fuel = made.tank.burned;
  if (call.tail) console.log(FUEL_LOG, fuel);
  const writes = outcome.kind === "answered" ? (made.state?.writes ?? []) : [];
  const pages = made.instance === undefined ? 0 : made.memory().pages;
  const looked = made.clock.looked || made.chance.looked;
  const report = { outcome, fuel, pages, writes, log: made.sayings.log, looked, ...made.tank.waited };
  const { done } = made.said;
  return done === null || outcome.kind === "answered" ? report : { ...report, done };
}
