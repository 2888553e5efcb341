// An account's sales: what its algorithms' calls brought, and the calls themselves as their author may see them, callers by
// pseudonyms that hold for this author alone. Fed by the transfers of payers, in the transactions that book them.
import { createHmac } from "node:crypto";
import type { Database } from "../../../kv-schema/database.ts";
import { type SoldRow, salesStatements } from "../../../kv-schema/tables/sales.ts";
import type { SoldItem } from "../../market/record/item.ts";
import type { Transfer, TransferItem } from "./protocol.ts";

const DAY_MS = 86_400_000;
/** Characters of a pseudonym: 64 bits. */
const PSEUDONYM = 16;

/** A call of an algorithm as its author sees it. */
export interface SoldCall extends SoldItem {
  /** Id of the call tree. */
  readonly call: string;
  readonly algorithm: string;
  readonly version: string;
  /** The same caller has the same one, for this author. */
  readonly caller: string;
  /** Microcredits received for it. */
  readonly earned: number;
  /** Where it stands: the marker of the page after it. */
  readonly marker: string;
}

export interface SoldPage {
  readonly calls: readonly SoldCall[];
  readonly marker: string | null;
}

type Parcel = { readonly seq: number; readonly items: string; readonly id: string };

/** The payer in a transfer's entry id, `transfer:PAYER#NUMBER`. */
const payerOf = (id: string): string => id.slice(id.indexOf(":") + 1, id.lastIndexOf("#"));
const MARKER = /^(\d{1,15})\.(\d{1,9})$/;

export class Sales {
  readonly #sql: ReturnType<typeof salesStatements>;

  constructor(db: Database) {
    this.#sql = salesStatements(db);
  }

  /** Takes note of what came with a transfer, inside the transaction that books it. @param seq its entry */
  received({ items }: Transfer, seq: number): void {
    const sums = new Map<string, SoldRow>();
    for (const algorithm of new Set(items.map((item) => item.for.algorithm.toLowerCase())))
      this.#sql.note(algorithm, seq);
    for (const item of items) {
      if (item.kind === "call") this.#sql.noteCall(item.call, seq);
      addTo(sums, item);
    }
    for (const row of sums.values()) this.#sql.sell(row);
  }

  /** What an algorithm brought, by day and version. @param from first day (since 1970, UTC) @param until the one after the last */
  earnings(algorithm: string, from: number, until: number): readonly SoldRow[] {
    return this.#sql.sold(algorithm.toLowerCase(), from, until);
  }

  /**
   * Calls of an algorithm, the last that were heard of first.
   * @param marker of the page before, or null @returns null when the marker is none
   */
  calls(algorithm: string, marker: string | null, limit: number): SoldPage | null {
    const place = marker === null ? [Number.MAX_SAFE_INTEGER, 0] : placeOf(marker);
    if (place === null) return null;
    const [seq = 0, index = 0] = place;
    const calls: SoldCall[] = [];
    for (let upTo = seq; calls.length <= limit;) {
      const [parcel] = this.#sql.parcelsOf(algorithm.toLowerCase(), upTo, 1);
      if (parcel === undefined) break;
      const skip = parcel.seq === seq ? index : 0;
      calls.push(...this.#callsIn(parcel, algorithm, skip, limit + 1 - calls.length));
      upTo = parcel.seq - 1;
    }
    return { calls: calls.slice(0, limit), marker: calls.length > limit ? (calls[limit - 1]?.marker ?? null) : null };
  }

  /** The nodes of a call tree that belong to this account's algorithms, in the tree's order. */
  tree(call: string): readonly SoldCall[] {
    return this.#sql
      .parcelsWith(call)
      .flatMap((parcel) => this.#callsIn(parcel, null, 0, Number.MAX_SAFE_INTEGER))
      .filter((sold) => sold.call === call)
      .toReversed();
  }

  /** @param algorithm null: any @param skip items of a parcel that were shown before */
  #callsIn({ seq, items, id }: Parcel, algorithm: string | null, skip: number, limit: number): SoldCall[] {
    const caller = this.#pseudonym(payerOf(id));
    const wanted = algorithm?.toLowerCase();
    const all = (JSON.parse(items) as TransferItem[]).toReversed();
    const found: SoldCall[] = [];
    for (let index = skip; index < all.length && found.length < limit; index++) {
      const item = all[index];
      if (item?.kind !== "call") continue;
      const { amount, for: purpose } = item;
      if (wanted !== undefined && purpose.algorithm.toLowerCase() !== wanted) continue;
      const { algorithm: name, version } = purpose;
      const known = JSON.parse(item.item) as SoldItem;
      found.push({
        ...known,
        call: item.call,
        algorithm: name,
        version,
        caller,
        earned: amount,
        marker: `${seq}.${index + 1}`,
      });
    }
    return found;
  }

  #pseudonym(payer: string): string {
    const secret = this.#sql.secret() ?? this.#makeSecret();
    return createHmac("sha256", new Uint8Array(secret)).update(payer.toLowerCase()).digest("hex").slice(0, PSEUDONYM);
  }

  #makeSecret(): ArrayBuffer {
    this.#sql.keepSecret(crypto.getRandomValues(new Uint8Array(32)).buffer);
    return this.#sql.secret() ?? new ArrayBuffer(0);
  }
}

function placeOf(marker: string): readonly [number, number] | null {
  const found = MARKER.exec(marker);
  return found === null ? null : [Number(found[1]), Number(found[2])];
}

/** A refund takes the money back, not the call. */
function addTo(sums: Map<string, SoldRow>, { kind, at, amount, for: purpose, item }: TransferItem): void {
  const day = Math.floor(at / DAY_MS);
  const algorithm = purpose.algorithm.toLowerCase();
  const key = `${algorithm} ${purpose.version} ${day}`;
  const sum = sums.get(key) ?? { algorithm, version: purpose.version, day, completed: 0, failed: 0, amount: 0 };
  const isCompleted = kind === "call" && (JSON.parse(item) as SoldItem).status === "completed";
  sums.set(key, {
    ...sum,
    completed: sum.completed + (isCompleted ? 1 : 0),
    failed: sum.failed + (kind === "call" && !isCompleted ? 1 : 0),
    amount: sum.amount + amount,
  });
}
