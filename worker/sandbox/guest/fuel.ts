// The host's half of metering: grants fuel slice by slice. Between slices the event loop serves everybody else.
import { LIMITS } from "../../limits.ts";
import type { GuestCall } from "../protocol.ts";
import { stop } from "./stop.ts";

/** Lets other tasks run: a macrotask, because a resolved promise does not yield. */
const yieldTurn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

export class FuelTank {
  readonly #call: GuestCall;
  #granted = 0;
  #balance: WebAssembly.Global | undefined;
  #dry = false;

  constructor(call: GuestCall) {
    this.#call = call;
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
   * Charges a host call as if it were the module's own work, before it is done. The balance may turn negative, and then
   * the module's next check asks for more; it keeps nothing of the balance to itself across a call.
   * @throws Stop FuelExhausted at once when the ceiling cannot cover it: between two checks a module may call us often
   */
  charge(fuel: number): void {
    const balance = this.#balance;
    if (balance === undefined) return;
    balance.value = (balance.value as bigint) - BigInt(fuel);
    if (this.#debt > this.#left) throw this.#exhausted();
  }

  /** Whether host calls have run up more than a slice since the module's last check: time to let others run. */
  get owes(): boolean {
    return this.#debt > LIMITS.sliceFuel;
  }

  /** What a check of the module's own would do: grants the next slice, after others had their turn. */
  async pause(): Promise<void> {
    const balance = this.#balance;
    if (balance !== undefined) balance.value = await this.refuel(balance.value as bigint);
  }

  get #debt(): number {
    return -Number(this.#balance?.value as bigint);
  }

  /** Fuel of the call that was not granted yet. */
  get #left(): number {
    return this.#call.fuel - this.#call.module.instantiation - this.#granted;
  }

  /**
   * The module's `refuel`: called with a negative balance, answers the new one.
   * @returns a balance of at least 0, or a negative one when the call may not go on: the module then stops at once
   */
  async refuel(balance: bigint): Promise<bigint> {
    const left = this.#left;
    const debt = Number(-balance);
    if (debt > left) {
      this.#dry = true;
      return -1n;
    }
    await yieldTurn();
    if (Date.now() > this.#call.deadline) throw stop("TimeoutError", "");
    const grant = Math.min(left, debt + LIMITS.sliceFuel);
    this.#granted += grant;
    return balance + BigInt(grant);
  }

  /** At the end: what was charged without a check since must be covered too. @throws Stop FuelExhausted */
  settle(): void {
    if (this.#debt > this.#left) throw this.#exhausted();
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
