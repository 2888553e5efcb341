// The host of a module that runs from an object: what the object holds it answers itself, everything else the host at home
// does, where the call came in. From the first moment on in which the call's own tree may have written something, reads go
// home, too, for only there it is known.
import { RpcTarget } from "cloudflare:workers";
import type {
  AskedCall,
  CallReply,
  CallsReply,
  DataWritten,
  FetchAsked,
  Fetched,
  Grown,
  GuestHost,
} from "../../sandbox/protocol.ts";

/** Reads that an object answers; undefined: that one is for the host at home. */
export interface Reads<Looks> {
  stateGet?(key: Uint8Array): Promise<Uint8Array | null>;
  stateList?(prefix: Uint8Array, after: Uint8Array, limit: number): Promise<readonly Uint8Array[]>;
  dataSize?(path: string): Promise<number | null> | undefined;
  dataRead?(path: string, from: number, count: number): Promise<Uint8Array | null> | undefined;
  dataList?(path: string, after: string, limit: number): Promise<readonly string[] | null> | undefined;
  /** false: there is nothing here for who asks. */
  readonly some?: boolean;
  /** What was looked at: the commit must find it unchanged. */
  looks(): Looks;
}

/** The host where the call came in. */
export interface Home<Looks> extends GuestHost {
  /** Hears what the module looked at before it does anything that others can see. */
  looked(looks: Looks): Promise<void>;
}

/**
 * What home answered, as a value of its own: what came by RPC knows where it came from, and handed on as it is it would keep
 * that way open.
 */
const plain = async <T extends object>(answer: Promise<T>): Promise<T> => ({ ...(await answer) });

export class NearHost<Looks> extends RpcTarget implements GuestHost {
  readonly #home: Home<Looks>;
  #reads: Reads<Looks> | null;
  /** Functions answered here. */
  #answered = 0;

  constructor(home: Home<Looks>, reads: Reads<Looks>) {
    super();
    this.#home = home;
    this.#reads = reads;
  }

  /** The call is over. @returns what home does not know yet of its host: functions answered here, and what was looked at */
  static over<Looks>(host: NearHost<Looks>): { readonly hostCalls: number; readonly looks: Looks | null } {
    const looks = host.#reads?.looks() ?? null;
    host.#reads = null;
    return { hostCalls: host.#answered, looks };
  }

  #near<T>(read: (reads: Reads<Looks>) => Promise<T> | undefined): Promise<T> | undefined {
    const answer = this.#reads === null ? undefined : read(this.#reads);
    if (answer !== undefined) this.#answered++;
    return answer;
  }

  /** Something of which later reads may depend: what was read so far is told before it, in the order of messages. */
  async #away<T>(act: () => Promise<T>): Promise<T> {
    const reads = this.#reads;
    this.#reads = null;
    if (reads === null) return act();
    const [, done] = await Promise.all([this.#home.looked(reads.looks()), act()]);
    return done;
  }

  stateGet(key: Uint8Array): Promise<Uint8Array | null> {
    return this.#near((reads) => reads.stateGet?.(key)) ?? this.#home.stateGet(key);
  }

  stateList(prefix: Uint8Array, after: Uint8Array, limit: number): Promise<readonly Uint8Array[]> {
    return this.#near((reads) => reads.stateList?.(prefix, after, limit)) ?? this.#home.stateList(prefix, after, limit);
  }

  dataSize(path: string): Promise<number | null> {
    return this.#near((reads) => reads.dataSize?.(path)) ?? this.#home.dataSize(path);
  }

  dataRead(path: string, from: number, count: number): Promise<Uint8Array | null> {
    return this.#near((reads) => reads.dataRead?.(path, from, count)) ?? this.#home.dataRead(path, from, count);
  }

  dataList(path: string, after: string, limit: number): Promise<readonly string[] | null> {
    return this.#near((reads) => reads.dataList?.(path, after, limit)) ?? this.#home.dataList(path, after, limit);
  }

  dataPut(path: string, bytes: Uint8Array): Promise<DataWritten> {
    return this.#away(() => this.#home.dataPut(path, bytes));
  }

  dataDelete(path: string): Promise<DataWritten> {
    return this.#away(() => this.#home.dataDelete(path));
  }

  call(callee: string, kind: number, input: Uint8Array, burned: number): Promise<CallReply> {
    return plain(this.#away(() => this.#home.call(callee, kind, input, burned)));
  }

  callAll(calls: readonly AskedCall[], burned: number): Promise<CallsReply> {
    return plain(this.#away(() => this.#home.callAll(calls, burned)));
  }

  fetch(asked: FetchAsked): Promise<Fetched> {
    return plain(this.#home.fetch(asked));
  }

  secretGet(name: string): Promise<string | null> {
    return this.#home.secretGet(name);
  }

  extend(burned: number): Promise<Grown> {
    return plain(this.#home.extend(burned));
  }

  cancelled(): Promise<void> {
    return this.#home.cancelled();
  }

  progress(fraction: number, note: string): Promise<void> {
    return this.#home.progress(fraction, note);
  }
}
