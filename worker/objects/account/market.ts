// The account object's side of the market: what it paid for, as its owner may see it, what its algorithms sold, and what their
// failures cost.
import type { SoldRow } from "../../../kv-schema/tables/sales.ts";
import { Bank } from "./bank.ts";
import { type Borne, type Faulty, Faults } from "./faults.ts";
import type { Transfer } from "./protocol.ts";
import { type SoldCall, type SoldPage, Sales } from "./sales.ts";
import type { CallView } from "./statements.ts";

/** What an account knows of a call: as its payer, else as the author of some of its nodes. */
export interface KnownCall {
  readonly paid: CallView | null;
  readonly sold: readonly SoldCall[];
}

export abstract class Market extends Bank {
  readonly #sales = new Sales(this.db);
  readonly #faults = new Faults(this.db);

  /** What this account knows of a call; the payer is not also told as an author. */
  known(call: string): KnownCall {
    const paid = this.call(call);
    return { paid, sold: paid !== null || !this.established ? [] : this.#sales.tree(call) };
  }

  /** @see Sales.calls */
  soldCalls(algorithm: string, marker: string | null, limit: number): SoldPage | null {
    return this.established ? this.#sales.calls(algorithm, marker, limit) : { calls: [], marker: null };
  }

  /** @see Sales.earnings */
  earnings(algorithm: string, from: number, until: number): readonly SoldRow[] {
    return this.established ? this.#sales.earnings(algorithm, from, until) : [];
  }

  /** @see Faults.bear */
  bearFaults(faulty: Faulty): Borne {
    this.establish();
    return this.transaction(() => this.#faults.bear(faulty, Date.now()));
  }

  /** @see Faults.forgive */
  forgiveFaults(version: string): void {
    if (this.established) this.transaction(() => this.#faults.forgive(version));
  }

  protected override received(transfer: Transfer, seq: number): void {
    this.#sales.received(transfer, seq);
  }
}
