// The capability that one invocation's guest gets: whatever it may ask of the outside, counted, written on its tape, and
// dead when the invocation is over. What an invocation may ask is the host functions its manifest names, for the caller's
// account, within the tree's budget.
import { RpcTarget } from "cloudflare:workers";
import type { Permission } from "../market/manifest.ts";
import { type HostAnswer, callParts, fetchParts, sizePart } from "../market/record/tape.ts";
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

const encoder = new TextEncoder();
/** The guest asks what its manifest does not name, or after its call was over: neither can happen by a module's doing. */
class NotAllowed extends Error {
  override readonly name = "NotAllowed";
}

export class CallHost extends RpcTarget implements GuestHost {
  readonly #invocation: Invocation;

  constructor(invocation: Invocation) {
    super();
    this.#invocation = invocation;
  }

  async stateGet(key: Uint8Array): Promise<Uint8Array | null> {
    const value = await this.#store().get(key);
    this.#answered({ function: "state_get", parts: value === null ? [] : [value] });
    return value;
  }

  async stateList(prefix: Uint8Array, after: Uint8Array, limit: number): Promise<readonly Uint8Array[]> {
    const keys = await this.#store().list({ prefix, after, limit });
    this.#answered({ function: "state_list", parts: keys });
    return keys;
  }

  async dataSize(path: string): Promise<number | null> {
    const size = await sizeOf(this.#reading(), path);
    this.#answered({ function: "data_size", parts: size === null ? [] : [sizePart(size)] });
    return size;
  }

  async dataRead(path: string, from: number, count: number): Promise<Uint8Array | null> {
    const bytes = await readBytes(this.#reading(), path, from, count);
    this.#answered({ function: "data_read", parts: bytes === null ? [] : [bytes] });
    return bytes;
  }

  async dataList(path: string, after: string, limit: number): Promise<readonly string[] | null> {
    const names = await listFiles(this.#reading(), path, after, limit);
    const parts = names === null ? [] : [new Uint8Array(0), ...names.map((name) => encoder.encode(name))];
    this.#answered({ function: "data_list", parts });
    return names;
  }

  async dataPut(path: string, bytes: Uint8Array): Promise<DataWritten> {
    const done = await writeFile(this.#asking("data-write"), path, bytes);
    this.#answered({ function: "data_put", parts: [encoder.encode(done)] });
    return done;
  }

  async dataDelete(path: string): Promise<DataWritten> {
    const done = await deleteFile(this.#asking("data-write"), path);
    this.#answered({ function: "data_delete", parts: [encoder.encode(done)] });
    return done;
  }

  async fetch(asked: FetchAsked): Promise<Fetched> {
    const fetched = await fetchFor(this.#asking("internet"), asked);
    this.#answered({ function: "fetch", parts: fetchParts(fetched) });
    return fetched;
  }

  async secretGet(name: string): Promise<string | null> {
    const value = await secretFor(this.#asking("secrets"), name);
    // That one was read, not what it is.
    this.#answered({ function: "secret_get", parts: [] });
    return value;
  }

  #reading(): Invocation {
    return this.#asking("data");
  }

  #asking(permission: Permission): Invocation {
    const invocation = this.#alive(permission);
    invocation.hostCalls++;
    return invocation;
  }

  // oxlint-disable-next-line require-await -- a capability's methods answer with promises
  async progress(fraction: number, note: string): Promise<void> {
    // One that comes late says nothing any more.
    if (this.#invocation.alive) this.#invocation.progress = { fraction, note };
  }

  async cancelled(): Promise<void> {
    if (this.#invocation.alive) await this.#invocation.stopped();
  }

  async extend(_burned: number): Promise<Grown> {
    const { tree, allowance } = this.#alive("extend");
    const stop = tree.over;
    if (stop !== null) return { stop };
    this.#invocation.limit = await tree.grow(allowance);
    return { fuel: allowance.fuel };
  }

  async call(callee: string, kind: number, input: Uint8Array, burned: number): Promise<CallReply> {
    const invocation = this.#alive("call");
    invocation.hostCalls++;
    const { tree, allowance } = invocation;
    // The guest has given back what it did not burn: its callees may have all the rest.
    allowance.keep(Math.max(burned, 0));
    const running = tree.facts.nested(invocation, callee, kind, input);
    invocation.pending = running;
    const reply = await running;
    invocation.pending = null;
    if (typeof reply === "string") return { stop: reply };
    this.#invocation.tape.add({ function: "call", parts: callParts(reply) });
    await tree.grow(allowance);
    return { ...reply, fuel: allowance.fuel, ...invocation.takeWaited() };
  }

  async callAll(calls: readonly AskedCall[], burned: number): Promise<CallsReply> {
    const invocation = this.#alive("call");
    invocation.hostCalls += calls.length;
    const { tree, allowance } = invocation;
    allowance.keep(Math.max(burned, 0));
    const running = callAll(invocation, calls);
    invocation.pending = running.over;
    const replies = await running.done;
    if (typeof replies === "string") return { stop: replies };
    invocation.pending = null;
    for (const reply of replies) invocation.tape.add({ function: "call", parts: callParts(reply) });
    await tree.grow(allowance);
    return { replies, fuel: allowance.fuel, ...invocation.takeWaited() };
  }

  /** @throws NotAllowed */
  #alive(permission: Permission | "extend"): Invocation {
    const { alive, release } = this.#invocation;
    const allowed = permission === "extend" || release.manifest.permissions.includes(permission);
    if (!alive || !allowed) throw new NotAllowed(permission);
    return this.#invocation;
  }

  #store(): StoreView {
    const { tree, release } = this.#alive("state");
    this.#invocation.hostCalls++;
    return tree.store(release);
  }

  #answered(answer: HostAnswer): void {
    this.#invocation.tape.add(answer);
  }
}
