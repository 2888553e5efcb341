// Operators and money: grants, refunds, and the books of any account as `orcade ledger verify` reads them.
import type { Hono } from "hono";
import * as z from "zod";
import { type Failure, failure } from "../market/failure.ts";
import { isAmount } from "../market/money/amount.ts";
import { type Result, err, ok } from "../market/result.ts";
import { accountOf } from "../objects/account/object.ts";
import type { GrantRefusal, RefundRefusal } from "../objects/account/protocol.ts";
import type { AppContext, AppEnv } from "./context.ts";
import { refuse } from "./errors.ts";
import { jsonBody } from "./json.ts";
import { bodyOf } from "./openapi/bodies.ts";

/** Entries or transfers in one answer to whoever verifies; long records make it fewer. */
const AUDIT_PAGE = 1_000;

const note = z.string().max(1_000).default("");
const grantBody = bodyOf(
  "POST /v1/admin/accounts/:account/grants",
  z.strictObject({
    id: z.string().regex(/^[A-Za-z0-9._:-]{1,100}$/, "1 to 100 letters, digits and . _ : -"),
    amount: z.number().refine((amount) => isAmount(amount) && amount > 0, "whole microcredits, 1 to 2^53 - 1"),
    note,
  }),
);
const refundBody = bodyOf(
  "POST /v1/admin/accounts/:account/refunds",
  z.strictObject({ call: z.string().min(1).max(64), note }),
);

const noAccount = (): Failure => failure("unknown-account", "There is no such account.");

function grantFailure(refusal: GrantRefusal): Failure {
  switch (refusal) {
    case "unknown-account":
      return noAccount();
    case "overflow":
      return failure("balance-overflow", "The balance would be more than 2^53 - 1 microcredits.");
    case "conflict":
      return failure("id-conflict", "A grant of this id was made with another amount, operator or note.");
    case "invalid":
      return failure("invalid-body", "The grant is not valid.");
  }
}

function refundFailure(refusal: RefundRefusal): Failure {
  switch (refusal) {
    case "unknown-call":
      return failure("unknown-call", "The account has settled no such call.");
    case "nothing-to-refund":
      return failure("nothing-to-refund", "The call cost nothing.");
    case "overflow":
      return failure("balance-overflow", "The balance would be more than 2^53 - 1 microcredits.");
  }
}

async function grant(c: AppContext): Promise<Response> {
  const body = await jsonBody(c.req.raw, grantBody);
  if (!body.ok) return refuse(c, body.error);
  const account = c.req.param("account") ?? "";
  const { id, amount, note } = body.value;
  const granted = await accountOf(c.env, account).grantMoney({ id, amount, by: c.get("grant").account, note });
  if (!granted.ok) return refuse(c, grantFailure(granted.error));
  const { seq, balance } = granted.value;
  return c.json({ account, id, amount_microcredits: amount, entry: seq, balance_microcredits: balance });
}

async function refund(c: AppContext): Promise<Response> {
  const body = await jsonBody(c.req.raw, refundBody);
  if (!body.ok) return refuse(c, body.error);
  const account = c.req.param("account") ?? "";
  const { call, note } = body.value;
  const refunded = await accountOf(c.env, account).refund(call, c.get("grant").account, note);
  if (!refunded.ok) return refuse(c, refundFailure(refunded.error));
  return c.json({ account, call, amount_microcredits: refunded.value.amount, entry: refunded.value.seq });
}

interface Page {
  readonly account: string;
  readonly after: number;
  readonly limit: number;
}

/** A page of somebody's books, for operators. */
function auditPage(c: AppContext): Result<Page, Failure> {
  const after = Number(c.req.query("after") ?? 0);
  const limit = Number(c.req.query("limit") ?? AUDIT_PAGE);
  if (!isAmount(after) || !isAmount(limit) || limit === 0 || limit > AUDIT_PAGE) {
    return err(failure("invalid-parameter", `after must be a whole number, limit 1 to ${AUDIT_PAGE}.`));
  }
  return ok({ account: c.req.param("account") ?? "", after, limit });
}

async function auditState(c: AppContext): Promise<Response> {
  const state = await accountOf(c.env, c.req.param("account") ?? "").auditState();
  return state === null ? refuse(c, noAccount()) : c.json(state);
}

async function auditEntries(c: AppContext): Promise<Response> {
  const page = auditPage(c);
  if (!page.ok) return refuse(c, page.error);
  const { account, after, limit } = page.value;
  const id = c.req.query("id");
  const stub = accountOf(c.env, account);
  if (id === undefined) return c.json({ results: await stub.audit(after, limit) });
  const entry = await stub.entry(id);
  return c.json({ results: entry === null ? [] : await stub.audit(entry.seq - 1, 1) });
}

async function auditTransfers(c: AppContext): Promise<Response> {
  const page = auditPage(c);
  if (!page.ok) return refuse(c, page.error);
  const { account, after, limit } = page.value;
  return c.json({ results: await accountOf(c.env, account).auditTransfers(after, limit) });
}

export function moneyAdminRoutes(app: Hono<AppEnv>): void {
  app.post("/v1/admin/accounts/:account/grants", grant);
  app.post("/v1/admin/accounts/:account/refunds", refund);
  app.get("/v1/admin/accounts/:account/ledger", auditState);
  app.get("/v1/admin/accounts/:account/ledger/entries", auditEntries);
  app.get("/v1/admin/accounts/:account/ledger/transfers", auditTransfers);
}
