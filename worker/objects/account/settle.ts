// Settling calls: the commit of a call tree. One entry and one tree a call; what it owes others lies in its shares until the
// outbox packs them, so that a settlement writes no row for each beneficiary.
import type { EntryRow } from "../../../kv-schema/tables/ledger.ts";
import { LIMITS } from "../../limits.ts";
import { isAmount, negative, total } from "../../market/money/amount.ts";
import { err, ok } from "../../market/result.ts";
import type { Book, Posting } from "./book.ts";
import type { Leases } from "./leases.ts";
import type { Fate, Settled, Settlement, SettleRefusal } from "./protocol.ts";

/** Ids of calls; those of other entries have a colon after their kind. */
const CALL_ID = /^[A-Za-z0-9_.-]{1,64}$/;

type Lease = NonNullable<ReturnType<Leases["alive"]>>;

interface Checked {
  readonly posting: Posting;
  readonly settlement: Settlement;
  readonly shares: string;
}

/** UTF-8 bytes of a text are at most three for each of its units; only one near the limit is measured. */
const fits = (text: string, limit: number): boolean =>
  text.length * 3 <= limit || new TextEncoder().encode(text).length <= limit;

function check(settlement: Settlement, lease: Lease | undefined): Checked | null {
  const { call, algorithm, version, shares, record } = settlement;
  if (!CALL_ID.test(call) || !isAmount(settlement.total)) return null;
  if (total(shares.map(({ amount }) => amount)) !== settlement.total) return null;
  const text = JSON.stringify(shares);
  if (!fits(text, LIMITS.sharesBytes) || !fits(record, LIMITS.recordBytes)) return null;
  const posting: Posting = {
    id: call,
    source: { kind: "call", algorithm, version, key: lease?.key ?? "" },
    balance: negative(settlement.total),
    transit: settlement.total,
    detail: null,
    lease: lease?.id ?? null,
  };
  return { posting, settlement, shares: text };
}

export class Settling {
  readonly #book: Book;
  readonly #leases: Leases;
  #never: Map<string, number> | undefined;

  constructor(book: Book, leases: Leases) {
    this.#book = book;
    this.#leases = leases;
    book.onRollback(() => (this.#never = undefined));
  }

  settle(id: string, batch: readonly Settlement[], now: number): readonly Settled[] {
    return this.#book.write(() => {
      const lease = this.#leases.alive(id, now);
      return batch.map((settlement) => this.#one(settlement, lease, now));
    });
  }

  /** Tells the fate of calls; what is told "never" is forbidden for as long as any run could go on. */
  settled(calls: readonly string[], decide: boolean, now: number): readonly Fate[] {
    return this.#book.write(() =>
      calls.map((call): Fate => {
        if (this.#book.sql.entry(call) !== undefined) return "settled";
        if (this.#forbidden.has(call)) return "never";
        if (!decide && this.#leases.anyAlive(now)) return "open";
        const until = now + LIMITS.leaseMsMax;
        this.#book.sql.forbid(call, until);
        this.#forbidden.set(call, until);
        return "never";
      }),
    );
  }

  /** Forgets what was forbidden to runs that are over by now, inside `book.write`. */
  sweep(now: number): void {
    if (this.#book.sql.allow(now) === 0) return;
    this.#never = undefined;
  }

  /** Whether there is anything to sweep. */
  get idle(): boolean {
    return this.#forbidden.size === 0;
  }

  #one(settlement: Settlement, lease: Lease | undefined, now: number): Settled {
    const checked = check(settlement, lease);
    if (checked === null) return err("invalid");
    const refused = this.#refusal(settlement, lease);
    if (refused !== null || lease === undefined) return this.#again(checked, refused ?? "lease-expired");
    const seq = this.#book.post(checked.posting, now);
    if (seq === null) return this.#again(checked, "conflict");
    this.#book.sql.addTree(seq, settlement.status, checked.shares, settlement.record);
    this.#leases.spend(lease, settlement.total);
    return ok({ seq });
  }

  #refusal({ call, total }: Settlement, lease: Lease | undefined): SettleRefusal | null {
    if (this.#forbidden.has(call)) return "forbidden";
    if (lease === undefined) return "lease-expired";
    // The balance can be short of what leases hold only when a refund claimed money back meanwhile.
    if (total > lease.granted - lease.spent || total > this.#book.tip.balance) return "over-lease";
    return null;
  }

  /** What was settled before answers as it did, whatever became of its lease. */
  #again(checked: Checked, refusal: SettleRefusal): Settled {
    const row = this.#book.sql.entry(checked.settlement.call);
    if (row === undefined) return err(refusal);
    return this.#same(row, checked) ? ok({ seq: row.seq }) : err("conflict");
  }

  #same(row: EntryRow, { posting, settlement, shares }: Checked): boolean {
    const tree = this.#book.sql.tree(row.seq);
    const source = this.#book.source(row.source);
    return (
      row.balance === posting.balance &&
      row.transit === posting.transit &&
      source?.kind === "call" &&
      source.algorithm === settlement.algorithm &&
      source.version === settlement.version &&
      tree?.status === settlement.status &&
      tree.shares === shares &&
      tree.record === settlement.record
    );
  }

  get #forbidden(): Map<string, number> {
    return (this.#never ??= new Map(this.#book.sql.forbidden().map(({ call, until }) => [call, until])));
  }
}
