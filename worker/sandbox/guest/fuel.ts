// The host's half of metering: grants fuel slice by slice. Between slices the event loop serves everybody else, and the
// call's deadline and a wish to cancel it are looked at. What a call costs does not depend on its slices.
import { LIMITS } from "../../limits.ts";
import type { Waited } from "../protocol.ts";
import { Governor } from "./governor.ts";
import { HostFailure, stop } from "./stop.ts";

/** Of a slice's fuel: when host functions burned more than this share, its time says nothing of the module's own code. */
const HOSTED_SHARE = 0.1;

/** What the tank looks at of a call; `fuel` may grow while it runs. */
export interface Fuelled {
  /** Fuel the call may burn, instantiation included. */
  readonly fuel: number;
  /** ms since 1970 */
  readonly deadline: number;
  readonly module: { readonly instantiation: number };
}

/** Resolves when the call shall end; asked for once, when the call yields for the first time. */
export type Cancellation = () => Promise<void>;

export class FuelTank {
  readonly #call: Fuelled;
  readonly #governor: Governor;
  #cancellation: Cancellation | null;
  #granted = 0;
  #balance: WebAssembly.Global | undefined;
  #dry = false;
  #cancelled = false;
  #entered = false;
  #turned = false;
  /** Fuel burned when the slice began, and by host functions since. */
  #before = 0;
  #hosted = 0;
  /** Fuel that others burned for it since the slice began. */
  #elsewhere = 0;

  /** @param cancellation not asked for by calls that end in their first slice, so that it costs those nothing */
  constructor(call: Fuelled, cancellation: Cancellation | null = null, governor = new Governor(LIMITS.sliceFuel)) {
    this.#call = call;
    this.#cancellation = cancellation;
    this.#governor = governor;
  }

  /** Fills the module's balance for the first slice. */
  connect(balance: WebAssembly.Global): void {
    this.#balance = balance;
    const left = this.#call.fuel - this.#call.module.instantiation;
    if (left < 0) throw this.#exhausted();
    this.#granted = Math.min(this.#governor.slice, left);
    balance.value = BigInt(this.#granted);
    this.#before = this.burned;
    this.#governor.start();
  }

  /**
   * Runs an export of the module. While it runs or is suspended nothing else may enter the instance: two runs would share
   * one balance, one memory and one stack of host functions.
   * @throws HostFailure when it is entered already
   */
  async enter(run: () => Promise<unknown>): Promise<void> {
    if (this.#entered) throw new HostFailure("the instance is in use");
    this.#entered = true;
    try {
      await run();
    } finally {
      this.#entered = false;
    }
  }

  /** Ends the call, with Cancelled, when it yields next. */
  cancel(): void {
    this.#cancelled = true;
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
    this.#hosted += fuel;
    if (this.#debt > this.#left) throw this.#exhausted();
  }

  /** Takes back what the module was granted and has not burned: others may have it while the module waits for them. */
  giveBack(): void {
    const balance = this.#balance;
    if (balance === undefined) return;
    this.#granted -= Number(balance.value as bigint);
    balance.value = 0n;
    // What is burned for it meanwhile may use up its slice.
    this.#governor.ahead();
  }

  /**
   * Gives the module what is left of its slice after it gave back, so that it need not yield for each question it asks: others
   * had their turn while it waited, but the network only if who it waited for yielded, so what was burned for it since then
   * counts for the slice.
   */
  takeBack({ since, turned }: Waited): void {
    const balance = this.#balance;
    if (balance === undefined) return;
    if (turned) this.#begin(this.burned);
    this.#elsewhere += since;
    const rest = this.#governor.slice - (this.burned - this.#before) - this.#elsewhere;
    const grant = Math.max(0, Math.min(this.#left, rest));
    this.#granted += grant;
    balance.value = (balance.value as bigint) + BigInt(grant);
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
   * @throws Stop TimeoutError, Cancelled
   */
  async refuel(balance: bigint): Promise<bigint> {
    const debt = Number(-balance);
    if (debt > this.#left) {
      this.#dry = true;
      return -1n;
    }
    await this.#yield(this.#call.module.instantiation + this.#granted + debt);
    const grant = Math.min(this.#left, debt + this.#governor.slice);
    this.#granted += grant;
    return balance + BigInt(grant);
  }

  /** @param burned fuel so far */
  async #yield(burned: number): Promise<void> {
    this.#watch();
    const used = burned - this.#before;
    const own = this.#hosted + this.#elsewhere <= used * HOSTED_SHARE;
    this.#begin(burned);
    await this.#governor.yield(own ? used : null);
    // Who is late is late, even where its caller has given it up for that.
    if (Date.now() >= this.#call.deadline) throw stop("TimeoutError", "");
    if (this.#cancelled) throw stop("Cancelled", "");
  }

  /** The network has had its turn: a slice begins. */
  #begin(burned: number): void {
    this.#turned = true;
    this.#before = burned;
    this.#hosted = 0;
    this.#elsewhere = 0;
  }

  /** How long the network has waited by this call's doing. */
  get waited(): Waited {
    const own = this.burned - (this.#turned ? this.#before : 0);
    return { since: own + this.#elsewhere, turned: this.#turned };
  }

  #watch(): void {
    const cancellation = this.#cancellation;
    this.#cancellation = null;
    // A host that can no longer say so does not cancel: the call's deadline and ceiling still end it.
    cancellation?.().then(
      () => this.cancel(),
      () => undefined,
    );
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
