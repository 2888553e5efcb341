// What crosses between the API and the object of a durable run.
import type { Grant } from "../../market/access/grant.ts";

/** A program to run. */
export interface RunWish {
  readonly id: string;
  readonly grant: Grant;
  /** SHA-256 of the key, 64 hex digits. */
  readonly key: string;
  readonly name: string;
  readonly program: string;
  /** Texts it may include, by their paths. */
  readonly files: Readonly<Record<string, string>>;
  /** JSON. */
  readonly args: string;
  /** Hosts it may ask over HTTP. */
  readonly hosts: readonly string[];
  /** How many times the request that began it had passed through us. */
  readonly hops: number;
  /** Microcredits that it may cost with all its calls. */
  readonly ceiling: number;
  /** Milliseconds since 1970 when it is ended. */
  readonly deadline: number;
}

/** conflict: the id stands for a run of something else. invalid: the program cannot begin. */
export type StartRefusal = { readonly code: "conflict" } | { readonly code: "invalid"; readonly message: string };

export type RunState = "running" | "waiting" | "halted" | "blocked" | "overrun" | "cancelled" | "timeout" | "failed";

export interface RunView {
  readonly id: string;
  readonly account: string;
  readonly name: string;
  readonly state: RunState;
  /** Why it was ended, where something did. */
  readonly code: string | null;
  readonly text: string | null;
  /** Milliseconds since 1970. */
  readonly made: number;
  readonly ended: number | null;
  readonly deadline: number;
  /** When it goes on by itself; null: it is under way, or has ended. */
  readonly next: number | null;
  readonly engine: string;
  /** SHA-256 of the program's text. */
  readonly program: string;
  readonly outputs: number;
  readonly publications: number;
  readonly calls: number;
  /** Of evaluation, as of its last rest. */
  readonly fuel: number;
  /** Microcredits settled, and that it may cost at most. */
  readonly cost: number;
  readonly ceiling: number;
  /** Names of the signals that it waits for, and how many wait for it. */
  readonly awaits: readonly string[];
  readonly signals: number;
  /** What algorithms' names mean in it. */
  readonly pins: readonly { readonly name: string; readonly version: string }[];
}

export interface Said {
  readonly seq: number;
  readonly kind: string;
  /** JSON. */
  readonly document: string;
}

/** What was said next; `end`: there is nothing more, ever. */
export interface SaidPage {
  readonly said: readonly Said[];
  readonly end: RunView | null;
}

export interface CallView {
  readonly n: number;
  readonly target: string;
  readonly id: string;
  readonly attempts: number;
  readonly state: "running" | "prepared" | "settled" | "answered" | "killed";
  readonly cost: number;
  readonly began: number;
  readonly ended: number | null;
  readonly error: string | null;
}

export type SignalRefusal = "unknown-run" | "ended" | "too-many" | "conflict";
