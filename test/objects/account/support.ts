// Accounts with money, inside workerd: real objects, spoken to by their own methods.
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { sha256OfText } from "../../../worker/market/hash.ts";
import type { Result } from "../../../worker/market/result.ts";
import type { Account } from "../../../worker/objects/account/object.ts";
import type {
  Fate,
  Lease,
  LeaseRefusal,
  LeaseRequest,
  Settled,
  Settlement,
  Share,
} from "../../../worker/objects/account/protocol.ts";
import { env } from "../../support/inside.ts";

export type Stub = DurableObjectStub<Account>;

export const stubOf = (name: string): Stub => env.ACCOUNT.get(env.ACCOUNT.idFromName(name.toLowerCase()));
export const keyOf = (name: string): string => sha256OfText(`key of ${name}`);

/** An account with one key and, if wanted, money. */
export async function account(name: string, money = 0): Promise<Stub> {
  const stub = stubOf(name);
  await stub.create(name, "user", false);
  await stub.addKey(keyOf(name), "first key");
  if (money > 0) await stub.grantMoney({ id: `start-${name}`, amount: money, by: "tests", note: "" });
  return stub;
}

/** The name of the account a stub is of: tests name objects by their accounts. */
export const leaseOf = async (
  name: string,
  wanted: Partial<LeaseRequest> = {},
): Promise<Result<Lease, LeaseRefusal>> => {
  const request: LeaseRequest = { isolate: "one", key: keyOf(name), want: 1_000_000, least: 1, calls: 0, until: 0 };
  return await stubOf(name).lease({ ...request, ...wanted });
};

/** A lease that must be had. */
export async function leased(name: string, wanted: Partial<LeaseRequest> = {}): Promise<Lease> {
  const lease = await leaseOf(name, wanted);
  if (!lease.ok) throw new Error(`no lease: ${JSON.stringify(lease.error)}`);
  return lease.value;
}

const purpose = { algorithm: "ada/echo", version: "1.0.0" };

export const shares = (amounts: Readonly<Record<string, number>>): readonly Share[] =>
  Object.entries(amounts).map(([to, amount]) => ({
    to,
    amount,
    for: { ...purpose, kind: to === "orcade" ? "platform" : "royalty" },
  }));

/** A settlement of a call of ada/echo that pays these. */
export const paying = (
  call: string,
  amounts: Readonly<Record<string, number>>,
  more: Partial<Settlement> = {},
): Settlement => ({
  call,
  ...purpose,
  status: "completed",
  total: Object.values(amounts).reduce((sum, amount) => sum + amount, 0),
  shares: shares(amounts),
  record: JSON.stringify({ id: call }),
  ...more,
});

export const settle = async (name: string, lease: string, ...batch: Settlement[]): Promise<readonly Settled[]> =>
  await stubOf(name).settle(lease, batch);

export const fates = async (name: string, calls: readonly string[], decide: boolean): Promise<readonly Fate[]> =>
  await stubOf(name).settled(calls, decide);

/** Everything an account's ledger says of itself, read from its tables. */
export const booked = (
  name: string,
): Promise<{ balance: number; transit: number; external: number; after: number; unbalanced: number }> =>
  runInDurableObject(stubOf(name), (_, state) =>
    state.storage.sql
      .exec<{ balance: number; transit: number; external: number; after: number; unbalanced: number }>(
        `SELECT coalesce(sum(balance), 0) AS balance, coalesce(sum(transit), 0) AS transit,
           coalesce(sum(external), 0) AS external, coalesce(sum(balance + transit + external <> 0), 0) AS unbalanced,
           coalesce((SELECT after FROM entry ORDER BY seq DESC LIMIT 1), 0) AS after FROM entry`,
      )
      .one(),
  );

export const rows = (name: string, sql: string): Promise<Record<string, SqlStorageValue>[]> =>
  runInDurableObject(stubOf(name), (_, state) => state.storage.sql.exec(sql).toArray());

/**
 * Makes the object forget what it keeps in memory, as when it is evicted: a transaction that fails does so. What tests change
 * in its tables behind its back counts from then on.
 */
export const evicted = (name: string): Promise<void> =>
  runInDurableObject(stubOf(name), (instance) => {
    const { ledger } = instance as unknown as { ledger: { book: { write: (work: () => void) => void } } };
    const refused = new RangeError("as a full disk would");
    try {
      ledger.book.write(() => {
        throw refused;
      });
    } catch (error) {
      if (error !== refused) throw error;
    }
  });

/** Makes everything planned due now and runs it: until nothing is left that succeeds, or a few times. */
export async function flush(name: string): Promise<void> {
  for (let times = 0; times < 5; times++) {
    const left = await runInDurableObject(stubOf(name), (_, state) => {
      const soon = "kind NOT IN ('leases', 'records')";
      state.storage.sql.exec(`UPDATE agenda SET due = 1 WHERE ${soon}`);
      return state.storage.sql.exec(`SELECT 1 FROM agenda WHERE ${soon}`).toArray().length;
    });
    if (left === 0) return;
    await runDurableObjectAlarm(stubOf(name));
  }
}
