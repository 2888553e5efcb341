// A month's statement of an account, as JSON and as CSV (RFC 4180). Pure: what was booked comes in, a document goes out.
import { inCredits } from "./amount.ts";

/** What one source came to, in a month or on one of its days. */
export interface StatementLine {
  /** `YYYY-MM-DD` on a line of one day; null on one of the month. */
  readonly day: string | null;
  readonly kind: string;
  /** Empty where the kind has none. */
  readonly algorithm: string;
  readonly version: string;
  readonly key: string;
  readonly entries: number;
  /** Microcredits on the balance: negative is what was paid. */
  readonly amount: number;
}

export interface Statement {
  readonly account: string;
  /** `YYYY-MM`, in UTC. */
  readonly month: string;
  /** Balances at the beginning and at the end, in microcredits. */
  readonly opening: number;
  readonly closing: number;
  readonly lines: readonly StatementLine[];
}

const MONTH = /^(\d{4})-(0[1-9]|1[0-2])$/;
const DAY = /^(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;

/** @returns first millisecond of a month and of the next, UTC; null when the text is no month */
export function monthRange(text: string): { readonly from: number; readonly until: number } | null {
  const [, year, month] = MONTH.exec(text) ?? [];
  if (year === undefined || month === undefined) return null;
  return { from: Date.UTC(Number(year), Number(month) - 1), until: Date.UTC(Number(year), Number(month)) };
}

/** @returns first millisecond of a day and of the next, UTC; null when the text is no day of the calendar */
export function dayRange(text: string): { readonly from: number; readonly until: number } | null {
  const from = DAY.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(from) || new Date(from).toISOString().slice(0, 10) !== text) return null;
  return { from, until: from + 86_400_000 };
}

/** Lines of one source added up over the days, largest amounts first. */
export function byMonth(lines: readonly StatementLine[]): readonly StatementLine[] {
  const sums = new Map<string, StatementLine>();
  for (const line of lines) {
    const name = JSON.stringify([line.kind, line.algorithm, line.version, line.key]);
    const before = sums.get(name);
    const entries = line.entries + (before?.entries ?? 0);
    sums.set(name, { ...line, day: null, entries, amount: line.amount + (before?.amount ?? 0) });
  }
  return [...sums.values()].sort((a, b) => Math.abs(b.amount) - Math.abs(a.amount));
}

/** A field as RFC 4180 writes it; one that a spreadsheet would take for a formula is made text. */
function field(text: string): string {
  const safe = /^[=+@\t\r]/.test(text) || /^-[^\d]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

const COLUMNS = ["day", "kind", "algorithm", "version", "key", "entries", "microcredits", "credits"] as const;

/** The statement as CSV: a header, the opening balance, a row a line, the closing balance. */
export function statementCsv({ month, opening, closing, lines }: Statement): string {
  const row = (...fields: readonly string[]): string => fields.map(field).join(",");
  const balance = (kind: string, amount: number): string =>
    row(month, kind, "", "", "", "", String(amount), inCredits(amount));
  const body = lines.map(({ day, kind, algorithm, version, key, entries, amount }) =>
    row(day ?? month, kind, algorithm, version, key, String(entries), String(amount), inCredits(amount)),
  );
  const all = [COLUMNS.join(","), balance("opening", opening), ...body, balance("closing", closing)];
  return `${all.join("\r\n")}\r\n`;
}
