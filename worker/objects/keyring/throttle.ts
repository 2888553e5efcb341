// Counts by client address what should be rare (look-ups that find nothing, sign-ups without an invite), in windows of a
// minute, in one isolate. Who did it too often waits until the window ends; when all together did it too often, once is too
// often. Time is handed in.

/** Addresses counted at a time; on passing it they are forgotten, the sum of all is not. */
const ADDRESSES = 10_000;

/** What counts as one client: an IPv4 address, or the /64 of an IPv6 address, which one subscriber has to itself. */
export function clientOf(address: string): string {
  if (!address.includes(":")) return address;
  const [head = "", tail] = address.toLowerCase().split("::");
  const groups = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? [] : Array<string>(Math.max(0, 8 - groups.length - after.length)).fill("0");
  const all = [...groups, ...zeros, ...after].slice(0, 4);
  return `${all.map((group) => group.replace(/^0+(?=.)/, "")).join(":")}::/64`;
}

export interface ThrottleLimits {
  /** Failures after which one client waits, and after which all wait who failed. */
  readonly each: number;
  readonly all: number;
  readonly windowMs: number;
}

export class Throttle {
  readonly #limits: ThrottleLimits;
  #began = Number.NEGATIVE_INFINITY;
  #failures = new Map<string, number>();
  #inAll = 0;

  constructor(limits: ThrottleLimits) {
    this.#limits = limits;
  }

  /** @returns whole seconds the client has to wait; 0: none */
  wait(address: string, now: number): number {
    this.#turn(now);
    const failed = this.#failures.get(clientOf(address)) ?? 0;
    const most = this.#inAll >= this.#limits.all ? 1 : this.#limits.each;
    return failed < most ? 0 : Math.max(1, Math.ceil((this.#began + this.#limits.windowMs - now) / 1_000));
  }

  failed(address: string, now: number): void {
    this.#turn(now);
    const client = clientOf(address);
    if (this.#failures.size >= ADDRESSES && !this.#failures.has(client)) this.#failures.clear();
    this.#failures.set(client, (this.#failures.get(client) ?? 0) + 1);
    this.#inAll++;
  }

  /** A window begins with the first failure or question after the last one ended. */
  #turn(now: number): void {
    if (now >= this.#began && now < this.#began + this.#limits.windowMs) return;
    this.#began = now;
    this.#failures = new Map();
    this.#inAll = 0;
  }
}
