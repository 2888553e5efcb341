// What answers carry, as the server's reference (/v1/openapi.json) has it. Further members may come.

/** What an algorithm answered, and what that cost. */
export interface Answer<T> {
  /** Text as a string, JSON as its value, bytes as a Uint8Array, nothing as null. */
  readonly value: T;
  readonly kind: "text" | "json" | "binary" | "void";
  /** The call's id: what it did and cost stands under it. */
  readonly call: string;
  /** The version that ran, and the digits of its build. */
  readonly version: string;
  readonly build: string;
  readonly fuel: number;
  readonly microcredits: number;
  /** Seconds of wall time. */
  readonly duration: number;
}

export interface Scopes {
  /** `*`, `owner/*` or `owner/name`. */
  readonly call: readonly string[];
  readonly data: "none" | "read" | "write";
  readonly manage: boolean;
  readonly admin: boolean;
}

export interface KeyLimits {
  readonly microcredits: number | null;
  readonly microcredits_per_day: number | null;
  readonly calls_per_minute: number | null;
}

export interface Key {
  readonly id: string;
  readonly label: string;
  readonly scopes: Scopes;
  readonly limits: KeyLimits;
  /** ISO 8601. */
  readonly created: string;
  readonly expires_at: string | null;
}

/** A key as lists show it. */
export interface ListedKey extends Key {
  readonly spent: { readonly microcredits: number; readonly microcredits_today: number };
  readonly last_used_at: string | null;
  readonly revoked_at: string | null;
}

/** What a new key is to be, or what is to change of one. */
export interface KeyWish {
  readonly label?: string;
  readonly scopes?: Partial<Scopes>;
  readonly limits?: Partial<KeyLimits>;
  readonly expires_at?: string | null;
}

export interface Account {
  readonly account: string;
  readonly kind: "user" | "organisation" | "platform";
  readonly operator: boolean;
  readonly organizations: readonly string[];
  readonly owned_organizations: readonly string[];
  readonly key: Key;
  readonly balance_microcredits?: number;
}

export interface LedgerEntry {
  readonly entry: number;
  readonly id: string;
  readonly kind: "call" | "refund" | "transfer" | "grant";
  readonly at: string;
  readonly amount_microcredits: number;
  readonly balance_microcredits: number;
}

/** An algorithm as the catalogue lists it. */
export interface ListedAlgorithm {
  readonly name: string;
  readonly version: string;
  readonly summary: string;
  readonly published_at: string;
  readonly self_link: string;
}

/** An algorithm, or one of its versions (docs/algorithmia.md). */
export interface Algorithm {
  readonly id: string;
  readonly name: string;
  readonly algorithm: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly version_info?: Readonly<Record<string, unknown>>;
}

/** What a call of the account was, in one line. */
export interface ListedCall {
  readonly id: string;
  readonly [name: string]: unknown;
}

export interface Quote {
  readonly [name: string]: unknown;
}

/** Who may read a collection beside its owner. */
export type ReadAcl = readonly [] | readonly ["algo://.my/*"] | readonly ["user://*"];

export interface ListedFile {
  readonly filename: string;
  readonly size: number;
  readonly last_modified: string;
}

/** What a program in Orc says while it runs; `end` is the last. */
export type Publication =
  | { readonly type: "publication"; readonly value?: unknown; readonly text: string }
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "error"; readonly class: string; readonly text: string }
  | {
      readonly type: "end";
      readonly state: string;
      readonly publications: number;
      readonly calls: number;
      readonly fuel: number;
      readonly cost_microcredits: number;
    };

/** A durable run (docs/runs.md). */
export interface RunFacts {
  readonly id: string;
  readonly name: string | null;
  /** `running`, `waiting`, or how it ended: `halted`, `blocked`, `overrun`, `cancelled`, `timeout`, `failed`. */
  readonly state: string;
  readonly code?: string;
  readonly created: string;
  readonly ended: string | null;
  readonly publications: number;
  readonly calls: number;
  readonly fuel: number;
  readonly cost_microcredits: number;
  /** Names of the signals that it waits for. */
  readonly awaits: readonly string[];
  readonly [name: string]: unknown;
}

/** A durable run in a list. */
export type ListedRun = Pick<RunFacts, "id" | "name" | "state" | "created" | "ended">;

/** A call that a run made. */
export interface RunCall {
  readonly n: number;
  /** Under it stands the call's own record. */
  readonly id: string;
  readonly target: string;
  readonly state: string;
  readonly cost_microcredits: number;
  readonly [name: string]: unknown;
}

/** A job (docs/jobs.md). */
export interface JobFacts {
  readonly id: string;
  /** `planning`, `quoted`, `running`, or how it ended: `done`, `failed`, `stopped`, `cancelled`. */
  readonly state: string;
  readonly reason: { readonly code: string; readonly message: string } | null;
  readonly tasks: { readonly total: number; readonly done: number; readonly failed: number; readonly waiting: number };
  readonly spent_microcredits: number;
  readonly quote: { readonly fuel: number; readonly cost_microcredits: number; readonly error: number } | null;
  readonly [name: string]: unknown;
}

/** A task of a job. */
export interface JobTask {
  readonly task: number;
  readonly file: string | null;
  readonly from: number;
  readonly to: number;
  readonly state: string;
  readonly error?: { readonly error_type: string; readonly message: string; readonly record?: string };
  readonly [name: string]: unknown;
}
