// Receipts over HTTP: signed statements of calls for who paid, what was kept for replaying them, and the keys to check with.
import type { Hono } from "hono";
import { type Failure, failure } from "../market/failure.ts";
import { type Receipt, signedBytes, statementOf } from "../market/receipt/receipt.ts";
import type { CallRecord } from "../market/record.ts";
import { type Result, err, ok } from "../market/result.ts";
import { type KeptLog, type KeptNode, keptOf } from "../objects/kept/object.ts";
import { signerOf } from "../objects/signer/object.ts";
import { authenticate, isMember } from "./caller.ts";
import { goingBody } from "./calls-running.ts";
import { payersNodes, seenFor } from "./calls.ts";
import type { AppContext, AppEnv } from "./context.ts";
import { refuse } from "./errors.ts";

/** A call that the caller paid for; for others, its authors too, there is no receipt. */
async function paidCall(c: AppContext) {
  const seen = await seenFor(c);
  if (!seen.ok) return seen;
  return seen.value.as === "payer"
    ? ok(seen.value)
    : err(failure("unknown-call", "There is no such call, or not for this key."));
}

async function receiptFor(c: AppContext): Promise<Result<Receipt, Failure>> {
  const paid = await paidCall(c);
  if (!paid.ok) return paid;
  const { call, grant } = paid.value;
  const record = JSON.parse(call.record) as CallRecord;
  const statement = statementOf(new URL(c.req.url).origin, record, call, payersNodes(record, grant));
  const bytes = signedBytes(statement);
  if (!bytes.ok) return err(failure("internal", bytes.error));
  return ok({ statement, signature: await signerOf(c.env).sign(bytes.value) });
}

async function getReceipt(c: AppContext): Promise<Response> {
  const receipt = await receiptFor(c);
  return receipt.ok ? c.json(receipt.value) : refuse(c, receipt.error);
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");

/** What the call's nodes read and were told, if the payer asked for it to be kept; in base64. */
async function getKept(c: AppContext): Promise<Response> {
  const paid = await paidCall(c);
  if (!paid.ok) return refuse(c, paid.error);
  const record = JSON.parse(paid.value.call.record) as CallRecord;
  const nodes = (await keptOf(c.env, record.id).get(record.account)) as readonly KeptNode[] | null;
  return c.json({
    call: record.id,
    nodes: (nodes ?? []).map(({ id, input, answers }) => ({
      id,
      input: base64(input),
      answers: answers.map(({ function: name, parts }) => ({ function: name, parts: parts.map(base64) })),
    })),
  });
}

/** What the caller's own algorithms logged in a call it paid for: asynchronous ones, and those with stdout=true. */
async function getLog(c: AppContext): Promise<Response> {
  const paid = await paidCall(c);
  if (!paid.ok) {
    // One that has not ended has none yet.
    const going = await goingBody(c);
    return going === null ? refuse(c, paid.error) : c.json({ call: c.req.param("id"), nodes: [] });
  }
  const { call, grant } = paid.value;
  const { id, account } = JSON.parse(call.record) as CallRecord;
  const logs = (await keptOf(c.env, id).logs(account)) as readonly KeptLog[];
  const own = logs.filter(({ algorithm }) => isMember(grant, algorithm.split("/")[0] ?? ""));
  return c.json({ call: id, nodes: own.map(({ node, ...log }) => ({ id: node, ...log })) });
}

/** Public: whoever holds a receipt may check it. */
async function keys(c: AppContext): Promise<Response> {
  return c.json({ keys: await signerOf(c.env).keys() }, 200, { "Cache-Control": "public, max-age=300" });
}

async function rotate(c: AppContext): Promise<Response> {
  const caller = await authenticate(c.env, c.req.header("Authorization"));
  if (!caller.ok) return refuse(c, caller.error);
  if (!caller.value.operator) return refuse(c, failure("forbidden", "Only operators may do this."));
  return c.json({ key: await signerOf(c.env).rotate() }, 201);
}

export function receiptRoutes(app: Hono<AppEnv>): void {
  app.get("/v1/calls/:id/receipt", getReceipt);
  app.get("/v1/calls/:id/kept", getKept);
  app.get("/v1/calls/:id/log", getLog);
  app.get("/.well-known/orcade-keys", keys);
  app.post("/v1/admin/receipt-keys", rotate);
}
