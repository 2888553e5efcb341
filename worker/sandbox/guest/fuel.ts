// The host's half of metering: grants fuel slice by slice. Between slices the event loop serves everybody else.
import { LIMITS } from "../../limits.ts";
import type { GuestCall } from "../protocol.ts";
import { stop } from "./stop.ts";

/** Lets other tasks run: a macrotask, because a resolved promise does not yield. */
const yieldTurn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

export class FuelTank {
  readonly #call: GuestCall;
  readonly #deadline: number;
  #granted = 0;
  #balance: WebAssembly.Global | undefined;
  #dry = false;

  constructor(call: GuestCall) {
    this.#call = call;
    this.#deadline = Date.now() + call.timeoutMs;
  }

  /** Fills the module's balance for the first slice. */
  connect(balance: WebAssembly.Global): void {
    this.#balance = balance;
    const left = this.#call.fuel - this.#call.module.instantiation;
    if (left < 0) throw this.#exhausted();
    this.#granted = Math.min(LIMITS.sliceFuel, left);
    balance.value = BigInt(this.#granted);
  }

  /**
   * Charges a host call as if it were the module's own work: its balance may turn negative, and then its next check asks
   * for more. The metered module keeps nothing of the balance to itself across a call.
   */
  charge(fuel: number): void {
    const balance = this.#balance;
    if (balance !== undefined) balance.value = (balance.value as bigint) - BigInt(fuel);
  }

  /**
   * The module's `refuel`: called with a negative balance, answers the new one.
   * @returns a balance of at least 0, or a negative one when the call may not go on: the module then stops at once
   */
  async refuel(balance: bigint): Promise<bigint> {
    const left = this.#call.fuel - this.#call.module.instantiation - this.#granted;
    const debt = Number(-balance);
    if (debt > left) {
      this.#dry = true;
      return -1n;
    }
    await yieldTurn();
    if (Date.now() > this.#deadline)
      throw stop("TimeoutError", `the call ran longer than ${this.#call.timeoutMs / 1000} s`);
    const grant = Math.min(left, debt + LIMITS.sliceFuel);
    this.#granted += grant;
    return balance + BigInt(grant);
  }

  /** At the end: what was charged without a check since must be covered too. @throws Stop FuelExhausted */
  settle(): void {
    const debt = -Number(this.#balance?.value as bigint);
    const left = this.#call.fuel - this.#call.module.instantiation - this.#granted;
    if (debt > left) throw this.#exhausted();
  }

  /** Whether the last refuel was refused: tells running dry from the module's own `unreachable`. */
  get dry(): boolean {
    return this.#dry;
  }

  /** Fuel burned so far: all of it when the tank ran dry. */
  get burned(): number {
    if (this.#dry || this.#balance === undefined) return this.#dry ? this.#call.fuel : this.#call.module.instantiation;
    const left = Number(this.#balance.value as bigint);
    return Math.min(this.#call.fuel, this.#call.module.instantiation + this.#granted - left);
  }

  #exhausted(): Error {
    this.#dry = true;
    return stop("FuelExhausted", "");
  }
}
