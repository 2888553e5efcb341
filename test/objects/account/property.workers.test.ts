// The rules of the ledger over random histories of real objects: whatever order grants, leases, settlements, replays,
// refunds and deliveries come in, postings sum to zero, balances are what the postings say, no call makes one negative,
// and what left one account came to another or is on its way.
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Lease, Settlement } from "../../../worker/objects/account/protocol.ts";
import { account, booked, evicted, flush, leaseOf, rows, settle, stubOf } from "./support.ts";
import { treeOf } from "./trees.ts";

const NAMES = ["p", "q", "r"] as const;
const FEE = 20_000;

const who = fc.nat(NAMES.length - 1);
const amount = fc.nat(9_000);
const step = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("grant" as const), who, amount: fc.integer({ min: 1, max: 300_000 }) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("lease" as const), who, isolate: fc.nat(1), amount }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("settle" as const),
      who,
      lease: fc.nat(5),
      amount,
      royalty: amount,
      owner: who,
      again: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("replay" as const), call: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("giveBack" as const), lease: fc.nat(5), amount }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("expire" as const), who }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("decide" as const), who }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("refund" as const), call: fc.nat(20) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("flush" as const), who }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("redeliver" as const), who }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

interface Paid {
  readonly name: string;
  readonly lease: string;
  readonly settlement: Settlement;
  refunded: boolean;
}

/** One history, and what its answers promise. */
class History {
  readonly prefix: string;
  readonly #granted = new Map<string, number>();
  readonly #leases: { name: string; lease: Lease }[] = [];
  readonly #paid: Paid[] = [];
  readonly #never: { name: string; call: string }[] = [];
  #calls = 0;

  constructor(prefix: string) {
    this.prefix = prefix;
  }

  /** An account with some money. */
  async begin(name: string): Promise<void> {
    await account(name);
    await this.#grant(name, 2_000_000);
  }

  name = (n: number): string => `${this.prefix}${NAMES[n] ?? "p"}`;

  async take(one: Step): Promise<void> {
    switch (one.do) {
      case "grant":
        return this.#grant(this.name(one.who), one.amount);
      case "lease": {
        const name = this.name(one.who);
        const lease = await leaseOf(name, { isolate: `i${one.isolate}`, want: 20 * (one.amount + FEE), least: 1 });
        if (lease.ok) this.#leases.push({ name, lease: lease.value });
        return;
      }
      case "settle":
        return this.#settle(one);
      case "replay": {
        const paid = this.#paid[one.call % Math.max(1, this.#paid.length)];
        if (paid !== undefined)
          expect(await settle(paid.name, paid.lease, paid.settlement)).toMatchObject([{ ok: true }]);
        return;
      }
      case "giveBack": {
        const held = this.#leases[one.lease % Math.max(1, this.#leases.length)];
        if (held !== undefined) await stubOf(held.name).giveBack(held.lease.id, one.amount);
        return;
      }
      case "expire":
        return forget(this.name(one.who), "UPDATE lease SET expires = 1");
      case "decide": {
        const [name, call] = [this.name(one.who), `req-never-${this.#calls++}`];
        expect(await stubOf(name).settled([call], true)).toEqual(["never"]);
        this.#never.push({ name, call });
        return;
      }
      case "refund": {
        const paid = this.#paid[one.call % Math.max(1, this.#paid.length)];
        if (paid === undefined || paid.settlement.total === 0) return;
        expect(await stubOf(paid.name).refund(paid.settlement.call, "ada", "")).toMatchObject({ ok: true });
        paid.refunded = true;
        return;
      }
      case "flush":
        return flush(this.name(one.who));
      case "redeliver":
        return forget(
          this.name(one.who),
          "UPDATE transfer SET delivered = NULL",
          "INSERT OR REPLACE INTO agenda VALUES ('outbox', '', 1, 0)",
        );
    }
  }

  /** What must hold at every moment. */
  async holds(): Promise<void> {
    for (const name of NAMES.keys()) {
      const books = await booked(this.name(name));
      const paid = this.#sum(
        ({ name: payer, refunded }) => payer === this.name(name) && !refunded,
        ({ settlement }) => settlement.total,
      );
      expect(books).toMatchObject({
        unbalanced: 0,
        balance: books.after,
        external: -(this.#granted.get(this.name(name)) ?? 0) || 0,
      });
      const [received] = await rows(
        this.name(name),
        "SELECT coalesce(sum(balance), 0) AS sum FROM entry WHERE id LIKE 'transfer:%'",
      );
      expect(books.balance).toBe((this.#granted.get(this.name(name)) ?? 0) - paid + Number(received?.["sum"]));
      expect(await rows(this.name(name), "SELECT id FROM entry WHERE after < 0 AND id LIKE 'req-%'")).toEqual([]);
      expect(await rows(this.name(name), "SELECT id FROM lease WHERE spent > granted")).toEqual([]);
    }
  }

  /** What must hold once all is delivered: nobody but the world outside is owed anything. */
  async ends(): Promise<void> {
    for (const name of NAMES.keys())
      await forget(this.name(name), "INSERT OR REPLACE INTO agenda VALUES ('outbox', '', 1, 0)");
    for (const name of NAMES.keys()) await flush(this.name(name));
    let transit = 0;
    for (const name of NAMES.keys()) transit += (await booked(this.name(name))).transit;
    // What the platform got of these accounts is the only other side.
    expect(transit + (await this.#platform())).toBe(0);
    for (const { name, call } of this.#never) {
      expect(await stubOf(name).settled([call], false)).toEqual(["never"]);
    }
  }

  /** What the platform got of these accounts; it has no books before it gets anything. */
  async #platform(): Promise<number> {
    const [made] = await rows("orcade", "SELECT count(*) AS n FROM sqlite_master WHERE name = 'entry'");
    if (made?.["n"] === 0) return 0;
    const [sum] = await rows(
      "orcade",
      `SELECT coalesce(sum(transit), 0) AS sum FROM entry WHERE id LIKE 'transfer:${this.prefix}%'`,
    );
    return Number(sum?.["sum"]);
  }

  async #grant(name: string, amount: number): Promise<void> {
    const granted = await stubOf(name).grantMoney({ id: `g${this.#calls++}`, amount, by: "ada", note: "" });
    expect(granted).toMatchObject({ ok: true });
    this.#granted.set(name, (this.#granted.get(name) ?? 0) + amount);
  }

  async #settle({ lease, amount, royalty, owner, again, who }: Extract<Step, { do: "settle" }>): Promise<void> {
    const held = this.#leases[lease % Math.max(1, this.#leases.length)] ?? {
      name: this.name(who),
      lease: { id: "none" },
    };
    const algorithm = `${this.name(owner)}/tags`;
    const settlement = treeOf(held.name, `req-${this.prefix}-${this.#calls++}`, [
      { algorithm, compute: amount, royalty },
    ]);
    const sent = again ? [settlement, settlement] : [settlement];
    const answers = await settle(held.name, held.lease.id, ...sent);
    if (answers[0]?.ok === true)
      this.#paid.push({ name: held.name, lease: held.lease.id, settlement, refunded: false });
    expect(answers.every(({ ok }) => ok === answers[0]?.ok)).toBe(true);
  }

  #sum(which: (paid: Paid) => boolean, what: (paid: Paid) => number): number {
    return this.#paid.filter(which).reduce((sum, paid) => sum + what(paid), 0);
  }
}

/** Changes tables as time or a crash would, and makes the object forget what it keeps in memory. */
async function forget(name: string, ...changes: readonly string[]): Promise<void> {
  for (const change of changes) await rows(name, change);
  await evicted(name);
}

test("the rules of the ledger hold over random histories", async () => {
  let round = 0;
  let settled = 0;
  const histories = fc.array(step, { minLength: 20, maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(histories, async (steps) => {
      const history = new History(`h${++round}`);
      for (const n of NAMES.keys()) await history.begin(history.name(n));
      for (const one of steps) await history.take(one);
      await history.holds();
      await history.ends();
      await history.holds();
      const [count] = await rows(history.name(0), "SELECT count(*) AS n FROM tree");
      settled += Number(count?.["n"]);
    }),
    { numRuns: 20 },
  );
  // The histories are not empty ones.
  expect(settled).toBeGreaterThan(20);
}, 120_000);
