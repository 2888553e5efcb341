// The capability that one invocation's guest gets: whatever it may ask of the outside, counted, and dead when the invocation
// is over. What an invocation may ask is the host functions its manifest names, for the caller's account, within the tree's
// budget. What it answers is written down by TapedHost.
import { RpcTarget } from "cloudflare:workers";
import type { Permission } from "../market/manifest.ts";
import type {
  AskedCall,
  CallReply,
  CallsReply,
  DataWritten,
  FetchAsked,
  Fetched,
  Grown,
  GuestHost,
} from "../sandbox/protocol.ts";
import { callAll } from "./all.ts";
import { deleteFile, listFiles, readBytes, sizeOf, writeFile } from "./data.ts";
import type { Invocation } from "./invocation.ts";
import { fetchFor, secretFor } from "./outside.ts";
import type { StoreView } from "./store.ts";

/** The guest asks what its manifest does not name, or after its call was over: neither can happen by a module's doing. */
class NotAllowed extends Error {
  override readonly name = "NotAllowed";
}

/** What who made a capability knows of it, and its guest does not. */
export interface Leash {
  /** Whether it was asked for anything that running the invocation again would do twice. */
  acted: boolean;
  /** It answers nothing any more: who had it is lost. */
  cut: boolean;
}

export class CallHost extends RpcTarget implements GuestHost {
  /** Null when it is over. */
  #invocation: Invocation | null;
  readonly #leash: Leash;

  constructor(invocation: Invocation, leash: Leash = { acted: false, cut: false }) {
    super();
    this.#invocation = invocation;
    this.#leash = leash;
  }

  /**
   * Its invocation is over. The runtime keeps a capability for long after nobody can reach it, and all that it refers to with
   * it: so it lets go.
   */
  static end(host: CallHost): void {
    host.#invocation = null;
  }

  stateGet(key: Uint8Array): Promise<Uint8Array | null> {
    return this.#store().get(key);
  }

  stateList(prefix: Uint8Array, after: Uint8Array, limit: number): Promise<readonly Uint8Array[]> {
    return this.#store().list({ prefix, after, limit });
  }

  dataSize(path: string): Promise<number | null> {
    return sizeOf(this.#asking("data"), path);
  }

  dataRead(path: string, from: number, count: number): Promise<Uint8Array | null> {
    return readBytes(this.#asking("data"), path, from, count);
  }

  dataList(path: string, after: string, limit: number): Promise<readonly string[] | null> {
    return listFiles(this.#asking("data"), path, after, limit);
  }

  dataPut(path: string, bytes: Uint8Array): Promise<DataWritten> {
    return writeFile(this.#doing("data-write"), path, bytes);
  }

  dataDelete(path: string): Promise<DataWritten> {
    return deleteFile(this.#doing("data-write"), path);
  }

  fetch(asked: FetchAsked): Promise<Fetched> {
    return fetchFor(this.#doing("internet"), asked);
  }

  secretGet(name: string): Promise<string | null> {
    return secretFor(this.#doing("secrets"), name);
  }

  #doing(permission: Permission): Invocation {
    this.#leash.acted = true;
    return this.#asking(permission);
  }

  #asking(permission: Permission): Invocation {
    const invocation = this.#alive(permission);
    invocation.hostCalls++;
    return invocation;
  }

  // oxlint-disable-next-line require-await -- a capability's methods answer with promises
  async progress(fraction: number, note: string): Promise<void> {
    const invocation = this.#invocation;
    // One that comes late says nothing any more; how far a callee is says little of the call.
    if (invocation?.alive !== true || this.#leash.cut || invocation.parent !== null) return;
    invocation.tree.facts.said?.({ fraction, note });
  }

  async cancelled(): Promise<void> {
    if (this.#invocation?.alive === true) await this.#invocation.stopped();
  }

  async extend(_burned: number): Promise<Grown> {
    const invocation = this.#alive("extend");
    const { tree, allowance } = invocation;
    const stop = tree.over;
    if (stop !== null) return { stop };
    invocation.limit = await tree.grow(allowance);
    return { fuel: allowance.fuel };
  }

  async call(callee: string, kind: number, input: Uint8Array, burned: number): Promise<CallReply> {
    const invocation = this.#doing("call");
    const { tree, allowance } = invocation;
    // The guest has given back what it did not burn: its callees may have all the rest.
    allowance.keep(Math.max(burned, 0));
    const running = tree.facts.nested(invocation, callee, kind, input);
    invocation.pending = running;
    const reply = await running;
    invocation.pending = null;
    if (typeof reply === "string") return { stop: reply };
    await tree.grow(allowance);
    return { ...reply, fuel: allowance.fuel, ...invocation.takeWaited() };
  }

  async callAll(calls: readonly AskedCall[], burned: number): Promise<CallsReply> {
    const invocation = this.#doing("call");
    invocation.hostCalls += calls.length - 1;
    const { tree, allowance } = invocation;
    allowance.keep(Math.max(burned, 0));
    const running = callAll(invocation, calls);
    invocation.pending = running.over;
    const replies = await running.done;
    if (typeof replies === "string") return { stop: replies };
    invocation.pending = null;
    await tree.grow(allowance);
    return { replies, fuel: allowance.fuel, ...invocation.takeWaited() };
  }

  /** @throws NotAllowed */
  #alive(permission: Permission | "extend"): Invocation {
    const invocation = this.#invocation;
    if (invocation === null || !invocation.alive || this.#leash.cut) throw new NotAllowed(permission);
    const allowed = permission === "extend" || invocation.release.manifest.permissions.includes(permission);
    if (!allowed) throw new NotAllowed(permission);
    return invocation;
  }

  #store(): StoreView {
    const { tree, release } = this.#asking("state");
    return tree.store(release);
  }
}
