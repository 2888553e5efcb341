// Records of calls over HTTP. Who paid for a call sees all of it; the author of a node sees that node, its caller by a
// pseudonym; for everybody else there is no such call, whether there is one or not.
import type { Hono } from "hono";
import type { Env } from "../env.ts";
import { type Failure, failure } from "../market/failure.ts";
import type { CallRecord } from "../market/record.ts";
import { type ShownNode, type ShownTree, shownNodes, treeOf } from "../market/record/view.ts";
import { dayRange } from "../market/money/statement.ts";
import { type Release, algorithmId } from "../market/release.ts";
import { type Result, err, ok } from "../market/result.ts";
import type { KnownCall } from "../objects/account/market.ts";
import { type Grant, accountOf } from "../objects/account/object.ts";
import type { SoldCall } from "../objects/account/sales.ts";
import type { CallView, EntryFilter } from "../objects/account/statements.ts";
import { algorithmOf } from "../objects/algorithm/store.ts";
import { measuredSpeed } from "../objects/blobs/store.ts";
import { profileOf } from "../objects/profile/observe.ts";
import type { BuildProfile, FlagView } from "../objects/profile/object.ts";
import { shownProfile } from "../market/profile/view.ts";
import { authenticate, isMember } from "./caller.ts";
import { cancelCall, getResult, goingBody, listRunning, settledAs } from "./calls-running.ts";
import type { AppContext, AppEnv } from "./context.ts";
import { refuse } from "./errors.ts";
import { pageLink, pageSize } from "./page.ts";

const DAY_MS = 86_400_000;
const PLACE = /^[1-9]\d{0,15}$/;
const iso = (ms: number): string => new Date(ms).toISOString();
const invalid = (message: string): Failure => failure("invalid-parameter", message);

/** A call and who may look at it how. */
type Seen =
  | { readonly as: "payer"; readonly call: CallView; readonly grant: Grant }
  | { readonly as: "author"; readonly nodes: readonly SoldCall[] };

const absent = (): Failure => failure("unknown-call", "There is no such call, or not for this key.");

/** Looks for a call in the books of the caller and of the organisations it belongs to: always the same places. */
export async function seenCall(env: Env, grant: Grant, id: string): Promise<Result<Seen, Failure>> {
  const books = [grant.account, ...grant.organisations];
  const known = (await Promise.all(books.map((name) => accountOf(env, name).known(id)))) as readonly KnownCall[];
  const paid = known.find((each) => each.paid !== null)?.paid;
  if (paid !== undefined && paid !== null) return ok({ as: "payer", call: paid, grant });
  const nodes = known.flatMap(({ sold }) => sold);
  if (nodes.length > 0) return ok({ as: "author", nodes });
  // An asynchronous call of which an attempt was lost is in the ledger under the id of a later one.
  const settled = await settledAs(env, books, id);
  return settled === null || settled === id ? err(absent()) : seenCall(env, grant, settled);
}

/** The nodes of a call as its payer is shown them. */
export const payersNodes = (record: CallRecord, grant: Grant): readonly ShownNode[] =>
  shownNodes(record, (owner) => isMember(grant, owner));

const nodeBody = (node: Omit<ShownNode, "parent">): object => {
  const { closed, fuelTotal, hostCalls, inputBytes, outputBytes, memoryPages, costTable, ...rest } = node;
  const { input, output, answers, charge, postings, started, duration, ...facts } = rest;
  return {
    ...facts,
    cost_table: costTable,
    source: closed ? "closed" : "open",
    fuel_total: fuelTotal,
    host_calls: hostCalls,
    input_bytes: inputBytes,
    output_bytes: outputBytes,
    memory_pages: memoryPages,
    started: iso(started),
    duration_ms: duration,
    input_sha256: input,
    output_sha256: output,
    answers_sha256: answers,
    charge,
    postings,
  };
};

const treeBody = ({ children, ...node }: ShownTree): object => ({
  ...nodeBody(node),
  children: children.map(treeBody),
});

const soldBody = ({ marker: _, ...call }: SoldCall): object => {
  const { hostCalls, inputBytes, outputBytes, memoryPages, started, duration, earned, ...facts } = call;
  return {
    ...facts,
    host_calls: hostCalls,
    input_bytes: inputBytes,
    output_bytes: outputBytes,
    memory_pages: memoryPages,
    started: iso(started),
    duration_ms: duration,
    earned_microcredits: earned,
  };
};

/** A call in one line, as lists show it. */
const callBody = ({ id, at, algorithm, version, key, status, cost, refund }: CallView): object => ({
  id,
  at: iso(at),
  algorithm,
  version,
  key,
  status,
  cost_microcredits: cost,
  refunded: refund !== null,
});

function paidBody(call: CallView, grant: Grant): object {
  const record = JSON.parse(call.record) as CallRecord;
  const nodes = payersNodes(record, grant);
  const [root] = nodes;
  const { refund } = call;
  return {
    ...callBody(call),
    account: record.account,
    key_label: record.key,
    calls: nodes.length,
    refund: refund === null ? null : { at: iso(refund.at), amount_microcredits: refund.amount },
    root: root === undefined ? null : nodeBody({ ...root }),
    tree: `/v1/calls/${record.id}/tree`,
    receipt: `/v1/calls/${record.id}/receipt`,
  };
}

/** What the caller may see of the call that the address names. */
export async function seenFor(c: AppContext): Promise<Result<Seen, Failure>> {
  const caller = await authenticate(c.env, c.req.header("Authorization"));
  return caller.ok ? seenCall(c.env, caller.value, c.req.param("id") ?? "") : caller;
}

async function getCall(c: AppContext): Promise<Response> {
  const [seen, going] = await Promise.all([seenFor(c), goingBody(c)]);
  if (!seen.ok) return going === null ? refuse(c, seen.error) : c.json(going);
  const { value } = seen;
  return value.as === "payer"
    ? c.json({ ...paidBody(value.call, value.grant), ...going })
    : c.json({ id: c.req.param("id"), nodes: value.nodes.map(soldBody) });
}

async function getTree(c: AppContext): Promise<Response> {
  const seen = await seenFor(c);
  if (!seen.ok) return refuse(c, seen.error);
  const { value } = seen;
  if (value.as === "author") return c.json({ id: c.req.param("id"), nodes: value.nodes.map(soldBody) });
  const record = JSON.parse(value.call.record) as CallRecord;
  const tree = treeOf(payersNodes(record, value.grant));
  return c.json({
    id: record.id,
    account: record.account,
    cost_microcredits: record.cost,
    tree: tree === null ? null : treeBody(tree),
  });
}

function filterOf(c: AppContext): Result<EntryFilter, Failure> {
  const { algorithm, version, key, day } = c.req.query();
  const range = day === undefined ? undefined : dayRange(day);
  if (range === null) return err(invalid("day must be a day in UTC, as YYYY-MM-DD."));
  return ok({ algorithm, version, key, from: range?.from, until: range?.until });
}

/** Characters of records in an answer between objects from which on it may have been cut short (account/statements.ts). */
const CUT_TEXT = 2_000_000;

const isCut = (calls: readonly CallView[]): boolean =>
  calls.reduce((sum, { record, shares }) => sum + record.length + shares.length, 0) > CUT_TEXT;

/** Calls the account paid for (or, with `account`, an organisation it belongs to), newest first. */
async function listCalls(c: AppContext): Promise<Response> {
  const state = c.req.query("state");
  if (state === "running") return listRunning(c);
  if (state !== undefined)
    return refuse(c, invalid('state takes "running"; without it, calls that have ended are listed.'));
  const caller = await authenticate(c.env, c.req.header("Authorization"));
  if (!caller.ok) return refuse(c, caller.error);
  const account = c.req.query("account") ?? caller.value.account;
  if (!isMember(caller.value, account)) {
    return refuse(c, failure("forbidden", "Only members of an organisation see its calls."));
  }
  const limit = pageSize(c.req.query("limit"));
  if (limit === undefined) return refuse(c, invalid("limit must be 1 to 100."));
  const marker = c.req.query("marker");
  if (marker !== undefined && !PLACE.test(marker))
    return refuse(c, invalid("The marker is none that a list answered."));
  const filter = filterOf(c);
  if (!filter.ok) return refuse(c, filter.error);
  const before = marker === undefined ? null : Number(marker);
  const found = (await accountOf(c.env, account).calls(filter.value, before, limit + 1)) as readonly CallView[];
  const results = found.slice(0, limit);
  const next = found.length > limit || isCut(found) ? String(results.at(-1)?.seq ?? "") : null;
  return c.json({ marker: next, next_link: pageLink(c, next), results: results.map(callBody) });
}

/** The algorithm of the address, if the caller belongs to its owner; for others there is none. */
async function ownAlgorithm(
  c: AppContext,
  who: "members" | "operators-too" = "members",
): Promise<Result<{ owner: string; id: string }, Failure>> {
  const caller = await authenticate(c.env, c.req.header("Authorization"));
  if (!caller.ok) return caller;
  const { owner = "", name = "" } = c.req.param() as Record<string, string>;
  return isMember(caller.value, owner) || (who === "operators-too" && caller.value.operator)
    ? ok({ owner, id: algorithmId(owner, name) })
    : err(failure("unknown-algorithm", "No such algorithm"));
}

/** Every call of an algorithm, for its author: errors included, callers by pseudonyms, inputs and answers not shown. */
async function soldCalls(c: AppContext): Promise<Response> {
  const own = await ownAlgorithm(c);
  if (!own.ok) return refuse(c, own.error);
  const limit = pageSize(c.req.query("limit"));
  if (limit === undefined) return refuse(c, invalid("limit must be 1 to 100."));
  const page = await accountOf(c.env, own.value.owner).soldCalls(own.value.id, c.req.query("marker") ?? null, limit);
  if (page === null) return refuse(c, invalid("The marker is none that a list answered."));
  const { marker, calls } = page as { marker: string | null; calls: readonly SoldCall[] };
  return c.json({ marker, next_link: pageLink(c, marker), results: calls.map(soldBody) });
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** @returns days since 1970, or undefined when the text is no day */
function dayOf(text: string): number | undefined {
  const ms = DAY.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  return Number.isNaN(ms) || iso(ms).slice(0, 10) !== text ? undefined : ms / DAY_MS;
}

/** Days of earnings that are shown when it is not said. */
const EARNING_DAYS = 30;

async function earnings(c: AppContext): Promise<Response> {
  const own = await ownAlgorithm(c);
  if (!own.ok) return refuse(c, own.error);
  const today = Math.floor(Date.now() / DAY_MS);
  const until = dayOf(c.req.query("until") ?? iso(today * DAY_MS).slice(0, 10));
  const from = dayOf(c.req.query("from") ?? iso(((until ?? today) - EARNING_DAYS + 1) * DAY_MS).slice(0, 10));
  if (from === undefined || until === undefined)
    return refuse(c, invalid("from and until must be days, as YYYY-MM-DD."));
  const rows = await accountOf(c.env, own.value.owner).earnings(own.value.id, from, until + 1);
  const total = rows.reduce((sum, { amount }) => sum + amount, 0);
  return c.json({
    algorithm: own.value.id,
    total_microcredits: total,
    results: rows.map(({ day, version, completed, failed, amount }) => ({
      day: iso(day * DAY_MS).slice(0, 10),
      version,
      completed,
      failed,
      earned_microcredits: amount,
    })),
  });
}

/** Builds of which it is shown what Cloudflare measured: each asks two objects. */
const MEASURED = 20;

/** What Cloudflare measured of a version's code, in ms for 10^9 fuel; null: nothing, or it has no such version. */
async function measuredOf(env: Env, id: string, version: string): Promise<number | null> {
  const release = await algorithmOf(env, id).release(version);
  return release === null ? null : measuredSpeed(env, (JSON.parse(release) as Release).metered.sha256);
}

/** What calls of an algorithm use, and what was flagged, for its author and for operators. */
async function profile(c: AppContext): Promise<Response> {
  const own = await ownAlgorithm(c, "operators-too");
  if (!own.ok) return refuse(c, own.error);
  const stub = profileOf(c.env, own.value.id);
  const [builds, flags] = (await Promise.all([stub.builds(), stub.flags(own.value.id)])) as unknown as [
    readonly BuildProfile[],
    readonly FlagView[],
  ];
  const measured = await Promise.all(
    builds.slice(0, MEASURED).map(({ version }) => measuredOf(c.env, own.value.id, version)),
  );
  const shown = builds.map((each, at) => ({ ...shownProfile(each), cpu_ms_per_1e9_fuel: measured[at] ?? null }));
  return c.json({ algorithm: own.value.id, builds: shown, flags });
}

export function callRoutes(app: Hono<AppEnv>): void {
  app.get("/v1/calls", listCalls);
  app.get("/v1/calls/:id", getCall);
  app.get("/v1/calls/:id/result", getResult);
  app.delete("/v1/calls/:id", cancelCall);
  app.get("/v1/calls/:id/tree", getTree);
  app.get("/v1/algorithms/:owner/:name/calls", soldCalls);
  app.get("/v1/algorithms/:owner/:name/earnings", earnings);
  app.get("/v1/algorithms/:owner/:name/profile", profile);
}
