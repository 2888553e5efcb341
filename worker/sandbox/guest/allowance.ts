// The fuel a call may burn, which grows while it runs: it starts with a piece, and asks its host for more before a check
// or a host function would pass what it has.
import { LIMITS } from "../../limits.ts";
import type { Grown, GuestCall } from "../protocol.ts";
import type { Asking } from "./asking.ts";
import type { FuelTank } from "./fuel.ts";
import { stop } from "./stop.ts";

/** Fuel that a slice and the host functions it calls can come to before anybody can be asked. */
const ROOM = 2 * LIMITS.sliceFuelMost;

/** A call whose fuel can grow; the tank looks at it each time. */
export type GrowingCall = { -readonly [Field in keyof GuestCall]: GuestCall[Field] };

export class Allowance {
  readonly #call: GrowingCall;
  readonly #tank: FuelTank;
  readonly #asking: Asking;
  /** Whether there is no more to be had. */
  #whole: boolean;

  constructor(call: GrowingCall, tank: FuelTank, asking: Asking) {
    this.#call = call;
    this.#tank = tank;
    this.#asking = asking;
    this.#whole = !call.grows;
  }

  /** Whether so much more fuel can be burned without asking, or there is nobody to ask. */
  covers(fuel: number): boolean {
    return this.#whole || this.#call.fuel - this.#tank.burned >= fuel;
  }

  /** Asks for more until so much can be burned, or there is no more. @throws Stop when the host ends the call */
  async cover(fuel: number): Promise<void> {
    while (!this.covers(fuel)) {
      const before = this.#call.fuel;
      // Not a question of the module's: how often it is asked depends on what the payer has.
      this.#set(await this.#asking.ask((host) => host.extend(this.#tank.burned), 0));
      this.#whole = this.#call.fuel <= before;
    }
  }

  /** What a refill needs: its slice, and another one for host functions that cannot wait. */
  async slice(): Promise<void> {
    if (!this.covers(ROOM)) await this.cover(ROOM);
  }

  /** Takes over what there is after another algorithm burned of the same budget. @throws Stop */
  after(reply: Grown): void {
    this.#set(reply);
    this.#whole = !this.#call.grows;
  }

  #set(grown: Grown): void {
    if ("stop" in grown) throw stop(grown.stop, "");
    this.#call.fuel = grown.fuel;
  }
}
