// An account's books as they are read: what a page of the ledger shows, and what whoever verifies them is given. Types only.

/** An entry as its account sees it. */
export interface EntryView {
  readonly seq: number;
  readonly id: string;
  readonly kind: string;
  readonly at: number;
  readonly algorithm: string;
  readonly version: string;
  readonly key: string;
  /** What it did to the balance, and the balance after it. */
  readonly amount: number;
  readonly after: number;
  /** JSON of who and why, for what is no call. */
  readonly detail: string | null;
}

/** An entry with all its postings, and what stands behind it. */
export interface AuditedEntry extends EntryView {
  readonly transit: number;
  readonly external: number;
  readonly source: number;
  readonly tree: { readonly status: string; readonly shares: string; readonly record: string } | null;
}

export interface AuditedTransfer {
  readonly key: string;
  readonly to: string;
  readonly amount: number;
  readonly first: number;
  readonly last: number;
  readonly delivered: number | null;
}

/** How the books stand at one moment; every number belongs to the same moment. */
export interface AuditState {
  readonly account: string;
  readonly seq: number;
  readonly balance: number;
  /** The last entry whose shares are in transfers. */
  readonly packed: number;
  readonly transfers: number;
  /** Sum of what open leases may still spend. */
  readonly reserved: number;
  /** What was counted of each source. */
  readonly usage: readonly { readonly source: number; readonly entries: number; readonly amount: number }[];
}
