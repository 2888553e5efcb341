// Reading every account's books through the operators' routes. Whoever verifies gives the way to ask; nothing here decides
// whether what it reads is right.
import type { AuditState, AuditedEntry, AuditedTransfer } from "../../worker/market/money/books.ts";

/** Sends a GET and gives its JSON; null for 404. */
export type Ask = (path: string) => Promise<unknown>;

const PAGE = 1_000;

const pathOf = (account: string): string => `/v1/admin/accounts/${encodeURIComponent(account)}/ledger`;
const results = <T>(answer: unknown): readonly T[] => (answer as { readonly results?: readonly T[] })?.results ?? [];

/** The names of all accounts, from the directory. */
export async function* accountNames(ask: Ask): AsyncGenerator<string> {
  for (let path: string | null = "/v1/admin/accounts?limit=100"; path !== null;) {
    const page = (await ask(path)) as { readonly next_link: string | null } | null;
    for (const { account } of results<{ readonly account: string }>(page)) yield account;
    path = page?.next_link ?? null;
  }
}

/** How an account's books stand; null when it has none. */
export const stateOf = async (ask: Ask, account: string): Promise<AuditState | null> =>
  (await ask(pathOf(account))) as AuditState | null;

/** The entries of an account up to a place, oldest first. */
export async function* entriesOf(ask: Ask, account: string, last: number): AsyncGenerator<AuditedEntry> {
  for (let after = 0; after < last;) {
    const page = results<AuditedEntry>(await ask(`${pathOf(account)}/entries?after=${after}&limit=${PAGE}`));
    for (const entry of page) if (entry.seq <= last) yield entry;
    const end = page.at(-1)?.seq;
    if (end === undefined) return;
    after = end;
  }
}

/** The entry of an idempotency id, as it stands now. */
export async function entryOf(ask: Ask, account: string, id: string): Promise<AuditedEntry | undefined> {
  return results<AuditedEntry>(await ask(`${pathOf(account)}/entries?id=${encodeURIComponent(id)}`))[0];
}

/** The transfers of an account up to a number, oldest first. */
export async function* transfersOf(ask: Ask, account: string, last: number): AsyncGenerator<AuditedTransfer> {
  for (let after = 0; after < last;) {
    const page = results<AuditedTransfer>(await ask(`${pathOf(account)}/transfers?after=${after}&limit=${PAGE}`));
    for (const transfer of page) if (numberOf(transfer.key) <= last) yield transfer;
    const end = page.at(-1)?.key;
    if (end === undefined) return;
    after = numberOf(end);
  }
}

/** A transfer by its key, as it stands now. */
export async function transferOf(ask: Ask, key: string): Promise<AuditedTransfer | undefined> {
  const [account = ""] = key.split("#");
  const path = `${pathOf(account)}/transfers?after=${numberOf(key) - 1}&limit=1`;
  return results<AuditedTransfer>(await ask(path)).find((transfer) => transfer.key === key);
}

/** The number in `PAYER#NUMBER`. */
const numberOf = (key: string): number => Number(key.slice(key.indexOf("#") + 1));
