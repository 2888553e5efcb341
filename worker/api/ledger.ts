// An account's books over HTTP: its balance, the pages of its ledger, its monthly statements. Organisations' too, for their
// owners. Amounts are whole microcredits.
import type { Hono } from "hono";
import type { Env } from "../env.ts";
import { type Failure, failure } from "../market/failure.ts";
import type { EntryView } from "../market/money/books.ts";
import { byMonth, dayRange, monthRange, statementCsv } from "../market/money/statement.ts";
import { type Result, err, ok } from "../market/result.ts";
import { accountOf } from "../objects/account/object.ts";
import type { EntryFilter } from "../objects/account/statements.ts";
import type { AppContext, AppEnv } from "./context.ts";
import { refuse } from "./errors.ts";
import { pageLink, pageSize } from "./page.ts";

/** An account's money, as `GET /v1/account` shows it. */
export async function balanceFields(env: Env, account: string): Promise<Readonly<Record<string, number>>> {
  const { balance, reserved, available } = await accountOf(env, account).balance();
  return {
    balance_microcredits: balance,
    reserved_microcredits: reserved,
    available_microcredits: available,
  };
}

/** Whose books a request is about: the caller's own, or those of an organisation the caller owns. */
function subjectOf(c: AppContext): Result<string, Failure> {
  const caller = c.get("grant");
  const organisation = c.req.param("org");
  if (organisation === undefined) return ok(caller.account);
  const owned = caller.owned.find((name) => name.toLowerCase() === organisation.toLowerCase());
  return owned === undefined
    ? err(failure("forbidden", "Only the owners of an organisation see its books."))
    : ok(owned);
}

const KINDS = ["call", "refund", "transfer", "grant"];
const PLACE = /^[1-9]\d{0,15}$/;
const invalid = (message: string): Result<never, Failure> => err(failure("invalid-parameter", message));

function filterOf(c: AppContext): Result<EntryFilter, Failure> {
  const { kind, algorithm, version, key, day } = c.req.query();
  if (kind !== undefined && !KINDS.includes(kind)) return invalid(`kind must be one of ${KINDS.join(", ")}.`);
  const range = day === undefined ? undefined : dayRange(day);
  if (range === null) return invalid("day must be a day in UTC, as YYYY-MM-DD.");
  return ok({ kind, algorithm, version, key, from: range?.from, until: range?.until });
}

const entryBody = ({ seq, id, kind, at, algorithm, version, key, amount, after, detail }: EntryView): object => ({
  entry: seq,
  id,
  kind,
  at: new Date(at).toISOString(),
  ...(algorithm === "" ? {} : { algorithm, version, key }),
  amount_microcredits: amount,
  balance_microcredits: after,
  ...(detail === null ? {} : (JSON.parse(detail) as object)),
});

async function ledger(c: AppContext): Promise<Response> {
  const account = subjectOf(c);
  if (!account.ok) return refuse(c, account.error);
  const limit = pageSize(c.req.query("limit"));
  if (limit === undefined) return refuse(c, failure("invalid-parameter", "limit must be 1 to 100."));
  const marker = c.req.query("marker");
  if (marker !== undefined && !PLACE.test(marker)) {
    return refuse(c, failure("invalid-parameter", "The marker is none that a list answered."));
  }
  const filter = filterOf(c);
  if (!filter.ok) return refuse(c, filter.error);
  const before = marker === undefined ? null : Number(marker);
  const entries = await accountOf(c.env, account.value).entries(filter.value, before, limit + 1);
  const last = entries.length > limit ? entries[limit - 1] : undefined;
  const next = last === undefined ? null : String(last.seq);
  return c.json({
    account: account.value,
    marker: next,
    next_link: pageLink(c, next),
    results: entries.slice(0, limit).map(entryBody),
  });
}

async function statement(c: AppContext): Promise<Response> {
  const account = subjectOf(c);
  if (!account.ok) return refuse(c, account.error);
  const month = c.req.param("month") ?? "";
  const range = monthRange(month);
  if (range === null) return refuse(c, failure("invalid-parameter", "The month is written YYYY-MM, in UTC."));
  const by = c.req.query("by") ?? "month";
  if (by !== "month" && by !== "day") return refuse(c, failure("invalid-parameter", "by must be month or day."));
  const found = await accountOf(c.env, account.value).statement(month, range.from, range.until);
  if (found === null) return refuse(c, failure("unknown-account", "There is no such account."));
  const lines = by === "day" ? found.lines : byMonth(found.lines);
  if (c.req.query("format") === "csv") {
    return c.body(statementCsv({ ...found, lines }), 200, {
      "Content-Type": "text/csv; charset=utf-8; header=present",
      "Content-Disposition": `attachment; filename="orcade-${found.account}-${month}.csv"`,
      "X-Content-Type-Options": "nosniff",
    });
  }
  return c.json({
    account: found.account,
    month,
    opening_microcredits: found.opening,
    closing_microcredits: found.closing,
    lines: lines.map(({ amount, day, ...line }) => ({
      ...(day === null ? {} : { day }),
      ...line,
      amount_microcredits: amount,
    })),
  });
}

export function ledgerRoutes(app: Hono<AppEnv>): void {
  app.get("/v1/account/ledger", ledger);
  app.get("/v1/account/statements/:month", statement);
  app.get("/v1/organizations/:org/ledger", ledger);
  app.get("/v1/organizations/:org/statements/:month", statement);
}
