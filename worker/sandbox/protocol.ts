// What crosses between the worker and a guest (the code beside an author's module in its Dynamic Worker). Types and
// constants only: both sides import it.

/** The ABI's kinds of values, by number. */
export const KIND_NUMBER = { text: 0, json: 1, bytes: 2, void: 3 } as const;
export type AnswerKind = keyof typeof KIND_NUMBER;

/** How to drive the module: facts of its build. */
export interface GuestModule {
  readonly fuelExport: string;
  readonly startExport: string | null;
  /** Fuel that instantiation costs. */
  readonly instantiation: number;
  /** What its manifest asks for: only then do those imports exist. */
  readonly state: boolean;
  readonly call: boolean;
  readonly data: boolean;
  readonly dataWrite?: boolean;
  readonly internet?: boolean;
  readonly secrets?: boolean;
  /** For a module that speaks another ABI than ours. */
  readonly foreign: Foreign | null;
}

/** How to drive a module that other tools built. */
export interface Foreign {
  readonly abi: "wasi" | "extism";
  /** The function to call. */
  readonly entry: string;
  /** What its answer is. */
  readonly output: AnswerKind;
  readonly args: readonly string[];
  /** NAME=value */
  readonly environ: readonly string[];
  readonly config: Readonly<Record<string, string>>;
}

/** The two facts that virtual time and chance of a call follow from: written down with it, a replay gives the same bits. */
export interface Fate {
  /** Milliseconds since 1970 when the call began. */
  readonly now: number;
  /** 32 bytes nobody can guess. */
  readonly seed: Uint8Array;
}

export interface GuestCall {
  readonly module: GuestModule;
  readonly input: Uint8Array;
  /** 0 text, 1 JSON, 2 bytes. */
  readonly kind: number;
  /** Fuel the call may burn, instantiation included. */
  readonly fuel: number;
  /** Bytes that it holds of its isolate while it runs, and whether it was let in without looking: then it may be refused. */
  readonly holds?: number;
  readonly trusted?: boolean;
  /** Whether its host may grant more. */
  readonly grows: boolean;
  /** What time and chance follow from. */
  readonly fate: Fate;
  /** When the call must be over, in ms since 1970: looked at between slices and while the host is asked. */
  readonly deadline: number;
  /** What the task of a job that this is may know of itself: JSON; absent outside a job. */
  readonly facts?: Uint8Array;
  /** Whether a tail worker listens and is to be told the fuel. */
  readonly tail: boolean;
}

/** Why the host ends a call that asked it something. */
export type HostStop = "BudgetExceeded" | "InsufficientCredits" | "Cancelled" | "TimeoutError";

/** All fuel the call may burn from now on, what it burned included; not more than before: there is no more. */
export type Grown = { readonly fuel: number } | { readonly stop: HostStop };

/** What another algorithm came to. */
export type Replied =
  | { readonly answer: AnswerKind; readonly bytes: Uint8Array }
  | { readonly error: { readonly type: string; readonly message: string } };

/** How long the network has waited for a turn: fuel burned since its last one, or since the call began if it had none. */
export interface Waited {
  readonly since: number;
  readonly turned: boolean;
}

/** `fuel` as in Grown, because both burn of one budget; the rest of the callees: by it the caller's slice is shorter. */
type AfterCalls = Waited & { readonly fuel: number };

/** The same for who called it. */
export type CallReply = (Replied & AfterCalls) | { readonly stop: HostStop };

/** A call of another algorithm: its name, `owner/name[/version]`, and kind and bytes of its input. */
export interface AskedCall {
  readonly callee: string;
  readonly kind: number;
  readonly input: Uint8Array;
}

/** The answers of many calls, in the order they were asked. */
export type CallsReply = (AfterCalls & { readonly replies: readonly Replied[] }) | { readonly stop: HostStop };

/** A request to the Internet. */
export interface FetchAsked {
  readonly method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly url: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array | null;
}

/** What a server answered, or why none did. */
export type Fetched =
  | {
      readonly status: number;
      /** Names in lower case. */
      readonly headers: readonly (readonly [string, string])[];
      readonly body: Uint8Array;
      /** Where it came from after redirects. */
      readonly url: string;
    }
  | { readonly error: { readonly type: string; readonly message: string } };

/** `absent`: there is no such collection (or, to be deleted, file) that this call may write; `full`: no room for it. */
export type DataWritten = "written" | "absent" | "full";

/**
 * What a call may ask of the outside: a capability made for this one call, which dies with it. Everything a module may do
 * beyond computing is a method here, so that it can be granted, counted, priced and written down in one place.
 */
export interface GuestHost {
  stateGet(key: Uint8Array): Promise<Uint8Array | null>;
  stateList(prefix: Uint8Array, after: Uint8Array, limit: number): Promise<readonly Uint8Array[]>;
  /** Answered when the call shall end, or has; asked once by a call that outlives its first slice. */
  cancelled(): Promise<void>;
  /** @param burned fuel so far */
  extend(burned: number): Promise<Grown>;
  /** @param callee `owner/name[/version]` @param kind of the input @param burned fuel so far */
  call(callee: string, kind: number, input: Uint8Array, burned: number): Promise<CallReply>;
  /** Many at once: a few side by side, begun in this order. @param burned fuel so far */
  callAll(calls: readonly AskedCall[], burned: number): Promise<CallsReply>;
  /** Bytes of a file of data; null, here and below: there is none that this call may read. */
  dataSize(path: string): Promise<number | null>;
  /** @param from, count bytes @returns fewer where the file ends */
  dataRead(path: string, from: number, count: number): Promise<Uint8Array | null>;
  /** Names of a collection's files after `after`, in byte order. */
  dataList(path: string, after: string, limit: number): Promise<readonly string[] | null>;
  /** Writes a file, for nobody else to see before the call has settled. */
  dataPut(path: string, bytes: Uint8Array): Promise<DataWritten>;
  /** Deletes a file, in the same way. */
  dataDelete(path: string): Promise<DataWritten>;
  /** Sends a request to the Internet. */
  fetch(asked: FetchAsked): Promise<Fetched>;
  /** A secret that its author keeps for the algorithm; null: there is none. */
  secretGet(name: string): Promise<string | null>;
  /** How far it is; nobody waits for an answer. @param fraction 0 to 1 @param note at most LIMITS.progressNoteBytes */
  progress(fraction: number, note: string): Promise<void>;
}

/** Severities of a log line, by number. */
export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What a module said beside its answer. */
export interface Log {
  readonly lines: readonly { readonly level: LogLevel; readonly text: string }[];
  /** Bytes of text beyond LIMITS.logBytes, which were dropped. */
  readonly dropped: number;
}

/** Why a call did not answer. A closed set; `worker/market/codes.ts` gives each its sentence. */
export type TrapReason =
  | "FuelExhausted"
  | HostStop
  | "StackOverflow"
  | "Trap"
  | "BadPointer"
  | "BadKind"
  | "AnswerTooLarge"
  | "StateLimit"
  | "CallLimit"
  | "HostLimit"
  | "DataLimit"
  | "DataFull"
  | "FetchLimit";

export type GuestOutcome =
  | { readonly kind: "answered"; readonly answer: AnswerKind; readonly bytes: Uint8Array }
  | { readonly kind: "failed"; readonly type: string; readonly message: string }
  | { readonly kind: "stopped"; readonly reason: TrapReason; readonly message: string };

/** A part of a job's task that is finished: the answer of its input up to `upto`. */
export interface Checkpoint {
  /** As the module said it (docs/architecture.md, "Jobs"): not checked. */
  readonly upto: number;
  readonly answer: AnswerKind;
  readonly bytes: Uint8Array;
}

export interface GuestReport extends Waited {
  readonly outcome: GuestOutcome;
  /** Fuel burned, at most what was granted. */
  readonly fuel: number;
  /** Pages of memory at the end. */
  readonly pages: number;
  /** State writes in the order of their keys' first write, each key once; null deletes. */
  readonly writes: readonly (readonly [Uint8Array, Uint8Array | null])[];
  readonly log: Log;
  /** Whether it looked at the clock or asked for chance: only then does what it did depend on its fate. */
  readonly looked: boolean;
  /** Of a job's task that did not answer: the last part that it said is finished. */
  readonly done?: Checkpoint;
}

/** Many tasks of a job in one message: each gets a fresh instance, one after the other. */
export interface GuestBatch extends Pick<GuestCall, "module" | "kind" | "deadline" | "tail"> {
  /** Bytes that it holds of its isolate while it runs. */
  readonly holds: number;
  /** Where each input begins and ends in `inputs`. */
  readonly spans: Float64Array;
  /** GuestCall.facts: what those of all tasks begin with, and what follows in each. */
  readonly shared: string;
  readonly facts: readonly string[];
  /** What the chance of all tasks follows from, and what tells them apart. */
  readonly fate: Fate;
  readonly names: Float64Array;
  /** Fuel that all may burn until the host is asked for more; of it burned before; and what one alone may at most. */
  readonly fuel: number;
  readonly burned: number;
  readonly fuelPerTask: number;
  /** Bytes of answers after which the rest is left for another batch. */
  readonly answerBytes: number;
  /** Fuel of the first slice. */
  readonly slice: number;
  readonly inputs: Uint8Array;
}

/** Why a task of a batch has no answer. */
export interface BatchFailure {
  readonly index: number;
  readonly outcome: Exclude<GuestOutcome, { readonly kind: "answered" }>;
  /** Whether the batch's fuel ended it, not the task's own. */
  readonly starved: boolean;
  readonly done?: Checkpoint;
}

export interface GuestBatchReport {
  /** How many tasks ran, from the first on: the rest is as if it had not been sent. */
  readonly ran: number;
  /** Of each that ran: fuel, number of the answer's kind, and where its answer ends in `answers`. */
  readonly fuel: Float64Array;
  readonly kinds: Uint8Array;
  readonly ends: Float64Array;
  readonly failures: readonly BatchFailure[];
  /** Most pages of memory of one task. */
  readonly pages: number;
  /** For who sends more tasks of the same batch: fuel that was granted in the end, and of a slice of this code. */
  readonly granted: number;
  readonly slice: number;
  readonly answers: Uint8Array;
}

export const NO_LOG: Log = { lines: [], dropped: 0 };

/** First word of the log line by which a guest tells the tail worker the fuel of a call. */
export const FUEL_LOG = "orcade:fuel";
