// Runs in workerd, in a Dynamic Worker: one call of one module, driven by the tank and the governor that Orcade's sandbox
// uses, with notes on when it ran.
import { WorkerEntrypoint } from "cloudflare:workers";
import module from "./module.wasm";
import { type Fuelled, FuelTank } from "../../worker/sandbox/guest/fuel.ts";
import { Stop } from "../../worker/sandbox/guest/stop.ts";

export interface LoopCall extends Fuelled {
  readonly fuelExport: string;
}

export interface Canceller {
  cancelled(): Promise<void>;
}

export interface Ended {
  readonly reason: string;
  readonly fuel: number;
  readonly slices: number;
  /** Milliseconds: of all slices, of the longest, and of the one in which the call ended. */
  readonly ran: number;
  readonly longest: number;
  readonly last: number;
}

/** When slices began and how long they were. */
class Notes {
  #began = performance.now();
  readonly slices: number[] = [];

  begin(): void {
    this.#began = performance.now();
  }

  end(): void {
    this.slices.push(performance.now() - this.#began);
  }
}

function reasonOf(error: unknown, tank: FuelTank): string {
  if (tank.dry) return "FuelExhausted";
  if (!(error instanceof Stop)) return String(error);
  return error.outcome.kind === "stopped" ? error.outcome.reason : error.outcome.kind;
}

export default class Guest extends WorkerEntrypoint {
  async run(call: LoopCall, host: Canceller): Promise<Ended> {
    const tank = new FuelTank(call, () => host.cancelled());
    const notes = new Notes();
    const refuel = async (balance: bigint): Promise<bigint> => {
      notes.end();
      const granted = await tank.refuel(balance);
      notes.begin();
      return granted;
    };
    const imports = { "orcade:fuel": { refuel: new WebAssembly.Suspending(refuel) } } as unknown as WebAssembly.Imports;
    const { exports } = new WebAssembly.Instance(module, imports);
    tank.connect(exports[call.fuelExport] as WebAssembly.Global);
    notes.begin();
    let reason = "returned";
    try {
      await tank.enter(() => WebAssembly.promising(exports["apply"] as () => void)());
    } catch (error) {
      reason = reasonOf(error, tank);
    }
    const { slices } = notes;
    const ran = slices.reduce((sum, ms) => sum + ms, 0);
    return {
      reason,
      fuel: tank.burned,
      slices: slices.length,
      ran,
      longest: Math.max(...slices),
      last: slices.at(-1) ?? 0,
    };
  }
}
