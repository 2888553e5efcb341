// The record of one call tree: what ran, what it used, what was charged. Plain data, JSON in and out: the calls engine
// writes it once, the payer's account object keeps it, receipts sign it, and everything shown of a call is derived from it.

/** Who paid for what a node used itself. `nobody`: our own fault, or a tree that could not be settled. */
export type Payer = "caller" | "author" | "nobody";

/** Microcredits charged for one node itself, its children not counted; all 0 when the caller did not pay. */
export interface NodeCharge {
  /** Fuel, host calls included, rounded up to a microcredit. */
  readonly compute: number;
  /** The fee of a call. */
  readonly call: number;
  /** The version's royalty; 0 for a failed node. */
  readonly royalty: number;
  readonly payer: Payer;
}

/** Where a call ran that ran from the Durable Object that holds what it reads: files of a collection, or its state. */
export type Near = "near-data" | "near-state";

export interface CallNode {
  /** The root's is the call's id (`req-…`); the n-th call a node started is `PARENT/n`, counted from 1. */
  readonly id: string;
  readonly parent: string | null;
  /** Canonical `owner/name`. */
  readonly algorithm: string;
  readonly version: string;
  /** 64 hex digits, as in Release. */
  readonly build: string;
  /** Name of the cost table its fuel was counted by. */
  readonly costTable: string;
  /** Whether the version's source is closed: then strangers see its fuel rounded up (record/view.ts). */
  readonly closed: boolean;
  readonly status: "completed" | "failed";
  /** The error's type when it failed. */
  readonly error: string | null;
  /** Fuel the node burned itself, and with everything below it. */
  readonly fuel: number;
  readonly fuelTotal: number;
  /** Host functions that asked something outside the sandbox: state and other algorithms. */
  readonly hostCalls: number;
  readonly inputBytes: number;
  readonly outputBytes: number;
  /** Pages of memory (64 KiB) at the end. */
  readonly memoryPages: number;
  /** Milliseconds since 1970, and milliseconds it lasted. */
  readonly started: number;
  readonly duration: number;
  /** SHA-256 of the bytes the module read, and of those it answered with (null when it failed): 64 hex digits. */
  readonly input: string;
  readonly output: string | null;
  /** Hash of what the host answered it, in order (record/tape.ts); null when it asked nothing. */
  readonly answers: string | null;
  /** What its chance followed from, 64 hex digits, where it looked at clock or chance; its clock began at `started`. */
  readonly seed?: string;
  /** Where it ran, if not as usual: nothing else of the record depends on it. */
  readonly ran?: Near;
  readonly charge: NodeCharge;
}

export interface CallRecord {
  /** `req-` and a UUID. */
  readonly id: string;
  /** The account that called and pays, in its canonical spelling. */
  readonly account: string;
  /** Label of the key that was used; never its hash. */
  readonly key: string;
  /** When the call was taken, ms since 1970. */
  readonly at: number;
  /** Microcredits the account was charged: the sum of its nodes' charges. */
  readonly cost: number;
  /** Root first, every parent before its children, children in the order of their start. */
  readonly nodes: readonly CallNode[];
}

/** What one node charged its payer. */
export const chargeOf = ({ charge }: CallNode): number => charge.compute + charge.call + charge.royalty;
