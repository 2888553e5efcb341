// Writes down what a host answers a module, where the answers pass: beside the module's own host, or in the object that holds the
// data, so that the bytes need not go further than that.
import { RpcTarget } from "cloudflare:workers";
import { type HostAnswer, type Tape, callParts, fetchParts, sizePart } from "../market/record/tape.ts";
import type {
  AskedCall,
  CallReply,
  CallsReply,
  DataWritten,
  FetchAsked,
  Fetched,
  Grown,
  GuestHost,
} from "./protocol.ts";

const encoder = new TextEncoder();

/** The guest asked when its call was over: nobody hears the answer. */
class CallOver extends Error {
  override readonly name = "CallOver";
}

/** The answers of another host, and its tape. */
export class TapedHost extends RpcTarget implements GuestHost {
  /** Null when the call is over. */
  #open: { readonly host: GuestHost; readonly tape: Tape } | null;

  constructor(host: GuestHost, tape: Tape) {
    super();
    this.#open = { host, tape };
  }

  /** The call is over: it lets go of what the runtime would keep with it for long (calls/host.ts). */
  static end(host: TapedHost): void {
    host.#open = null;
  }

  /** @throws CallOver */
  get #host(): GuestHost {
    if (this.#open === null) throw new CallOver();
    return this.#open.host;
  }

  async stateGet(key: Uint8Array): Promise<Uint8Array | null> {
    const value = await this.#host.stateGet(key);
    this.#add("state_get", value === null ? [] : [value]);
    return value;
  }

  async stateList(prefix: Uint8Array, after: Uint8Array, limit: number): Promise<readonly Uint8Array[]> {
    const keys = await this.#host.stateList(prefix, after, limit);
    this.#add("state_list", keys);
    return keys;
  }

  async dataSize(path: string): Promise<number | null> {
    const size = await this.#host.dataSize(path);
    this.#add("data_size", size === null ? [] : [sizePart(size)]);
    return size;
  }

  async dataRead(path: string, from: number, count: number): Promise<Uint8Array | null> {
    const bytes = await this.#host.dataRead(path, from, count);
    this.#add("data_read", bytes === null ? [] : [bytes]);
    return bytes;
  }

  async dataList(path: string, after: string, limit: number): Promise<readonly string[] | null> {
    const names = await this.#host.dataList(path, after, limit);
    this.#add("data_list", names === null ? [] : [new Uint8Array(0), ...names.map((name) => encoder.encode(name))]);
    return names;
  }

  async dataPut(path: string, bytes: Uint8Array): Promise<DataWritten> {
    const done = await this.#host.dataPut(path, bytes);
    this.#add("data_put", [encoder.encode(done)]);
    return done;
  }

  async dataDelete(path: string): Promise<DataWritten> {
    const done = await this.#host.dataDelete(path);
    this.#add("data_delete", [encoder.encode(done)]);
    return done;
  }

  async fetch(asked: FetchAsked): Promise<Fetched> {
    const fetched = await this.#host.fetch(asked);
    this.#add("fetch", fetchParts(fetched));
    return fetched;
  }

  async secretGet(name: string): Promise<string | null> {
    const value = await this.#host.secretGet(name);
    // That one was read, not what it is.
    this.#add("secret_get", []);
    return value;
  }

  async call(callee: string, kind: number, input: Uint8Array, burned: number): Promise<CallReply> {
    const reply = await this.#host.call(callee, kind, input, burned);
    if (!("stop" in reply)) this.#add("call", callParts(reply));
    return reply;
  }

  async callAll(calls: readonly AskedCall[], burned: number): Promise<CallsReply> {
    const reply = await this.#host.callAll(calls, burned);
    if ("replies" in reply) for (const each of reply.replies) this.#add("call", callParts(each));
    return reply;
  }

  extend(burned: number): Promise<Grown> {
    return this.#host.extend(burned);
  }

  cancelled(): Promise<void> {
    return this.#open?.host.cancelled() ?? Promise.resolve();
  }

  progress(fraction: number, note: string): Promise<void> {
    return this.#open?.host.progress(fraction, note) ?? Promise.resolve();
  }

  #add(name: HostAnswer["function"], parts: readonly Uint8Array[]): void {
    this.#open?.tape.add({ function: name, parts });
  }
}
