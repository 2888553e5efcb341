// `orcade ledger verify`: every account by itself, then all against one another. Nothing is trusted but postings: money that
// left an account must have come to another, once and to the microcredit, or still be on its way.
import { PLATFORM } from "../../worker/market/money/price.ts";
import type { AuditedTransfer } from "../../worker/market/money/books.ts";
import { type Checked, type Finding, checkAccount } from "./account.ts";
import { type Ask, accountNames, entryOf, stateOf, transferOf } from "./reader.ts";

export interface Verdict {
  readonly accounts: number;
  readonly entries: number;
  readonly calls: number;
  readonly transfers: number;
  /** Microcredits: what operators granted, what all balances hold, what is on its way. They add up. */
  readonly granted: bigint;
  readonly balances: bigint;
  readonly inTransit: bigint;
  readonly findings: readonly Finding[];
}

const sum = (values: Iterable<bigint>): bigint => {
  let total = 0n;
  for (const value of values) total += value;
  return total;
};

/** Checks everybody in the directory, and whoever money was sent to. */
async function checkAll(ask: Ask, said: (finding: Finding) => void): Promise<ReadonlyMap<string, Checked>> {
  const books = new Map<string, Checked>();
  const check = async (account: string): Promise<void> => {
    if (books.has(account.toLowerCase())) return;
    const state = await stateOf(ask, account);
    if (state !== null) books.set(account.toLowerCase(), await checkAccount(ask, state, said));
  };
  await check(PLATFORM);
  for await (const account of accountNames(ask)) await check(account);
  for (const { transfers } of books.values()) for (const { to } of transfers) await check(to);
  return books;
}

/** What has left accounts against what has come to others. Money moves while this reads, so what differs is asked again. */
class Crossing {
  readonly #ask: Ask;
  readonly #said: (finding: Finding) => void;
  readonly #sent = new Map<string, AuditedTransfer>();
  readonly #books: ReadonlyMap<string, Checked>;
  /** Sent and not in the book of the beneficiary, as it was read. */
  open = 0n;
  /** Come and not in the book of the payer, as it was read. */
  late = 0n;

  constructor(ask: Ask, books: ReadonlyMap<string, Checked>, said: (finding: Finding) => void) {
    this.#ask = ask;
    this.#books = books;
    this.#said = said;
    for (const { transfers } of books.values()) for (const one of transfers) this.#sent.set(one.key, one);
  }

  async run(): Promise<void> {
    for (const transfer of this.#sent.values()) await this.#arrived(transfer);
    for (const { account, received } of this.#books.values()) {
      for (const [key, amount] of received) await this.#left(account, key, amount);
    }
  }

  get sent(): number {
    return this.#sent.size;
  }

  async #arrived(transfer: AuditedTransfer): Promise<void> {
    const { key, to, amount, delivered } = transfer;
    const [account = ""] = key.split("#");
    const received = this.#books.get(to.toLowerCase())?.received.get(key);
    if (received !== undefined) {
      if (received !== amount)
        this.#said({ account, at: key, message: `${to} booked ${received} of it, it carries ${amount}` });
      return;
    }
    this.open += BigInt(amount);
    if (delivered === null) return;
    const now = await entryOf(this.#ask, to, `transfer:${key}`);
    if (now === undefined)
      this.#said({ account, at: key, message: `${amount} were sent to ${to}, who never booked them` });
    else if (now.amount !== amount)
      this.#said({ account, at: key, message: `${to} booked ${now.amount} of it, it carries ${amount}` });
  }

  async #left(account: string, key: string, amount: number): Promise<void> {
    if (this.#sent.has(key)) return this.#rightful(account, key, this.#sent.get(key));
    this.late += BigInt(amount);
    const now = await transferOf(this.#ask, key);
    if (now?.amount !== amount) {
      const message = `${amount} came that ${now === undefined ? "nobody sent" : `were sent as ${now.amount}`}`;
      this.#said({ account, at: key, message });
    }
    this.#rightful(account, key, now);
  }

  #rightful(account: string, key: string, sent: AuditedTransfer | undefined): void {
    if (sent === undefined || sent.to.toLowerCase() === account.toLowerCase()) return;
    this.#said({ account, at: key, message: `it was meant for ${sent.to}` });
  }
}

/** Verifies all money of a system. @param ask how to ask its operators' routes */
export async function verify(ask: Ask): Promise<Verdict> {
  const findings: Finding[] = [];
  const said = (finding: Finding): void => void findings.push(finding);
  const books = await checkAll(ask, said);
  const crossing = new Crossing(ask, books, said);
  await crossing.run();
  const all = [...books.values()];
  const balances = sum(all.map(({ balance }) => BigInt(balance)));
  const transit = sum(all.map((book) => book.transit));
  const granted = sum(all.map((book) => book.granted));
  const onTheWay = sum(all.map(({ pending }) => pending)) + crossing.open - crossing.late;
  if (transit !== onTheWay)
    said({ account: "", at: "", message: `${transit} are in transit, but ${onTheWay} on their way` });
  if (granted !== balances + transit) {
    said({
      account: "",
      at: "",
      message: `${granted} were granted, but balances and transit hold ${balances + transit}`,
    });
  }
  return {
    accounts: all.length,
    entries: all.reduce((count, { entries }) => count + entries, 0),
    calls: all.reduce((count, { calls }) => count + calls, 0),
    transfers: crossing.sent,
    granted,
    balances,
    inTransit: transit,
    findings,
  };
}
