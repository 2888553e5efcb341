// Failed calls on the wire (contract §5 errors, §6): of an algorithm for its author, of an account for itself. The truth is
// the books: who called is a pseudonym to authors, and what was sent is kept by nobody.
import type { Hono } from "hono";
import type { CallRecord } from "../../market/record.ts";
import { accountOf } from "../../objects/account/object.ts";
import type { SoldCall, SoldPage } from "../../objects/account/sales.ts";
import type { CallView } from "../../objects/account/statements.ts";
import { isMember } from "../caller.ts";
import type { AppContext, AppEnv } from "../context.ts";
import { refuse } from "../errors.ts";
import { own } from "./target.ts";

/** Errors in one answer, how far back they reach, and how many calls are looked through for them. */
const ERRORS = 200;
const REACH_MS = 7 * 86_400_000;
const PAGE = 100;
const PAGES = 20;

interface Failed {
  readonly at: number;
  readonly id: string;
  readonly algorithm: string;
  readonly version: string;
  readonly error: string;
  readonly caller: string;
}

const errorEntry = ({ at, id, algorithm, version, error, caller }: Failed): object => ({
  created_at: at,
  request_id: id,
  username: caller,
  algoname: algorithm,
  algoversion: version,
  input: "",
  error,
  error_type: error,
  billable_to: caller,
  worker: "",
});

/** Failures among the calls of pages, newest first. */
async function collect<T>(
  page: (after: T | null) => Promise<{ readonly failed: readonly Failed[]; readonly next: T | null }>,
): Promise<readonly object[]> {
  const since = Date.now() - REACH_MS;
  const found: Failed[] = [];
  let after: T | null = null;
  for (let turn = 0; turn < PAGES && found.length < ERRORS; turn++) {
    const { failed, next }: { readonly failed: readonly Failed[]; readonly next: T | null } = await page(after);
    found.push(...failed.filter(({ at }) => at >= since));
    if (next === null) break;
    after = next;
  }
  return found.slice(0, ERRORS).map(errorEntry);
}

const soldFailure = ({ status, error, started, call, algorithm, version, caller }: SoldCall): Failed[] =>
  status === "failed" ? [{ at: started, id: call, algorithm, version, error: error ?? "", caller }] : [];

async function ofAlgorithm(c: AppContext): Promise<Response> {
  const found = await own(c);
  if (!found.ok) return refuse(c, found.error);
  const { owner, id } = found.value;
  const entries = await collect<string>(async (after) => {
    const page = (await accountOf(c.env, owner).soldCalls(id, after, PAGE)) as SoldPage | null;
    return { failed: (page?.calls ?? []).flatMap(soldFailure), next: page?.marker ?? null };
  });
  return c.json(entries);
}

function paidFailure(call: CallView): Failed[] {
  if (call.status !== "failed") return [];
  const { account, nodes } = JSON.parse(call.record) as CallRecord;
  const error = nodes[0]?.error ?? "";
  return [{ at: call.at, id: call.id, algorithm: call.algorithm, version: call.version, error, caller: account }];
}

/** Of an account's own calls; [] for an account that is not the caller's (contract §6). */
async function ofAccount(c: AppContext): Promise<Response> {
  const account = c.req.param("account") ?? c.req.param("org") ?? "";
  if (!isMember(c.get("grant"), account)) return c.json([]);
  const entries = await collect<number>(async (before) => {
    const calls = (await accountOf(c.env, account).calls({}, before, PAGE)) as unknown as readonly CallView[];
    return { failed: calls.flatMap(paidFailure), next: calls.at(-1)?.seq ?? null };
  });
  return c.json(entries);
}

export function wireFailedRoutes(app: Hono<AppEnv>): void {
  app.get("/v1/algorithms/:owner/:name/errors", ofAlgorithm);
  app.get("/v1/users/:account/errors", ofAccount);
  app.get("/v1/organizations/:org/errors", ofAccount);
}
