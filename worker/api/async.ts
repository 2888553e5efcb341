// Calls whose answer is not waited for, or not for long, and calls with an Idempotency-Key: both are entrusted to an object
// of their own (objects/errand), which runs them exactly once and keeps the result. `output=void` is the wire contract's
// (§3), `Prefer: respond-async` and `wait=N` are RFC 7240's.
import type { Admitted } from "../calls/call.ts";
import type { Entered } from "../calls/purse.ts";
import { webhookFault } from "../errands/policy.ts";
import { LIMITS } from "../limits.ts";
import { type Failure, failure } from "../market/failure.ts";
import { sha256OfParts, sha256OfText } from "../market/hash.ts";
import { type Result, err, ok } from "../market/result.ts";
import type { Entrusted, Once } from "../objects/account/errands.ts";
import { accountOf } from "../objects/account/object.ts";
import { errandOf } from "../objects/errand/find.ts";
import type { Commission, ErrandResult, ErrandState, ErrandView, Outcome } from "../objects/errand/protocol.ts";
import { answered, callHeaders } from "./answered.ts";
import { keyOf } from "./caller.ts";
import type { AppContext } from "./context.ts";
import { refuse } from "./errors.ts";
import { rateHeaders } from "./rate.ts";
import { flag } from "./wire/body.ts";

/** How a caller wishes to be answered. */
export interface AsyncWish {
  /** `void`: at once, by the wire contract; `prefer`: at once or after a while; `once`: as any call, with an Idempotency-Key. */
  readonly mode: "void" | "prefer" | "once";
  /** Milliseconds to wait for the result. */
  readonly wait: number;
  readonly idempotencyKey: string | null;
  readonly webhook: string | null;
}

const invalid = (message: string): Result<never, Failure> => err(failure("invalid-parameter", message));

interface Preference {
  readonly async: boolean;
  /** Seconds. */
  readonly wait: number | null;
}

/** `Prefer: respond-async, wait=10` (RFC 7240 §4.1, §4.3); other preferences are ignored, as they may be. */
export function preferenceOf(header: string | undefined): Preference {
  let preference: Preference = { async: false, wait: null };
  for (const part of (header ?? "").split(",")) {
    const [name = "", value = ""] = part.split(";", 1).join("").split("=");
    const token = name.trim().toLowerCase();
    if (token === "respond-async") preference = { ...preference, async: true };
    const seconds = value.trim().replace(/^"(.*)"$/, "$1");
    if (token === "wait" && /^\d{1,6}$/.test(seconds)) {
      preference = { ...preference, wait: Math.min(Number(seconds), LIMITS.errandWaitSeconds) };
    }
  }
  return preference;
}

const ONCE_KEY = /^[\x21-\x7e]+$/;
/** Milliseconds beyond a call's own time that whoever sent an Idempotency-Key waits. */
const GRACE_MS = 15_000;

/** How the request wishes to be answered; null: as any call. */
export function wishOf(c: AppContext): Result<AsyncWish | null, Failure> {
  const { async, wait } = preferenceOf(c.req.header("Prefer"));
  const mode = c.req.query("output") === "void" ? "void" : async || wait !== null ? "prefer" : "once";
  const idempotencyKey = c.req.header("Idempotency-Key") ?? null;
  const webhook = c.req.header("X-Orcade-Webhook") ?? null;
  if (idempotencyKey !== null && !(ONCE_KEY.test(idempotencyKey) && idempotencyKey.length <= LIMITS.onceCharacters)) {
    return invalid(`Idempotency-Key takes 1 to ${LIMITS.onceCharacters} visible characters of ASCII.`);
  }
  if (webhook !== null && mode === "once") {
    return invalid(
      "X-Orcade-Webhook goes with Prefer: respond-async or output=void: another call's answer tells its end.",
    );
  }
  if (mode === "once" && idempotencyKey === null) return ok(null);
  if (flag(c.req.query("sudo")) === true) {
    return invalid("sudo=true goes with calls that are answered at once and have no Idempotency-Key.");
  }
  const fault = webhook === null ? null : webhookFault(c.env, webhook);
  if (fault !== null) return invalid(fault);
  return ok({ mode, wait: mode === "prefer" ? (wait ?? 0) * 1_000 : 0, idempotencyKey, webhook });
}

type Asked = Admitted & { readonly rate: Entered["rate"] };

/** What was asked with an Idempotency-Key: the same again is the same call, anything else is refused. */
async function onceOf(c: AppContext, { input }: Asked, key: string): Promise<Once> {
  const url = new URL(c.req.url);
  const header = (name: string): string => c.req.header(name) ?? "";
  const print = await sha256OfParts([
    input,
    header("Content-Type"),
    url.search,
    header("X-Orcade-Max-Cost"),
    header("X-Orcade-Quote"),
    header("X-Orcade-Keep"),
  ]);
  return { hash: sha256OfText(`POST ${url.pathname}\n${key}`), print };
}

function commissionOf(c: AppContext, asked: Asked, call: string, webhook: string | null): Commission {
  const { grant, release, maxCost, quote, keep, deadline, timeoutChosen, hops = 0 } = asked;
  const [owner = "", name = ""] = release.algorithm.split("/");
  return {
    call,
    account: grant.account,
    keyHash: sha256OfText(keyOf(c.req.header("Authorization")) ?? ""),
    key: grant.key.id,
    owner,
    name,
    version: release.version,
    build: release.build,
    maxCost: maxCost ?? null,
    quote,
    keep,
    timeoutMs: Math.max(1, deadline - Date.now()),
    timeoutChosen,
    webhook,
    hops,
  };
}

const NOT_TAKEN: Readonly<Record<"other" | "full", Failure>> = {
  other: failure(
    "idempotency-mismatch",
    "This Idempotency-Key was sent with another request: use a new key for a new request.",
  ),
  full: failure(
    "too-many-calls",
    `The account has ${LIMITS.errands} asynchronous calls that have not ended: wait for some of them.`,
    { retryAfter: 5 },
  ),
};

async function secretMissing(c: AppContext, account: string): Promise<boolean> {
  return (await accountOf(c.env, account).webhookSecrets()).length === 0;
}

/** Hands a call over and answers as was wished. */
export async function entrust(c: AppContext, asked: Asked, wish: AsyncWish): Promise<Response> {
  const { grant, release, deadline } = asked;
  // The wire contract knows no shorter limit for `output=void`: there it is the most that is given.
  const most = LIMITS.errandSeconds * 1_000;
  const left = wish.mode === "void" ? Math.min(most, deadline - Date.now()) : deadline - Date.now();
  if (left > most) {
    const message = `timeout may be ${LIMITS.errandSeconds} seconds at most for a call that is not waited for, or has an Idempotency-Key.`;
    return refuse(c, failure("invalid-parameter", message));
  }
  if (wish.webhook !== null && (await secretMissing(c, grant.account))) {
    return refuse(
      c,
      failure(
        "invalid-parameter",
        "Make the secret that webhooks are signed with first: POST /v1/account/webhook-secret.",
      ),
    );
  }
  const once = wish.idempotencyKey === null ? null : await onceOf(c, asked, wish.idempotencyKey);
  const { algorithm, version } = release;
  const account = accountOf(c.env, grant.account);
  const taken: Entrusted = await account.entrust({ call: asked.id, key: grant.key.id, algorithm, version, once });
  if (taken.is === "other" || taken.is === "full") return refuse(c, NOT_TAKEN[taken.is]);
  const commission = commissionOf(c, { ...asked, deadline: Date.now() + left }, taken.call, wish.webhook);
  // One that is known may never have been handed over; handing it over again changes nothing.
  await errandOf(c.env, taken.call).take(commission, asked.input, taken.is === "known" || taken.go);
  return tell(c, asked, wish, { call: taken.call, known: taken.is === "known", left });
}

interface Handed {
  readonly call: string;
  /** Whether it was handed over before. */
  readonly known: boolean;
  /** Milliseconds it may last. */
  readonly left: number;
}

async function tell(c: AppContext, { grant, rate }: Asked, wish: AsyncWish, handed: Handed): Promise<Response> {
  const { call, known, left } = handed;
  const headers = { "X-Orcade-Call": call, ...rateHeaders(rate), ...(known ? { "X-Orcade-Replayed": "true" } : {}) };
  for (const [name, value] of Object.entries(headers)) c.header(name, value);
  if (wish.mode === "void") return c.json({ async: "void", request_id: call });
  const wait = wish.mode === "once" ? left + GRACE_MS : wish.wait;
  const result =
    wait === 0 ? null : ((await errandOf(c.env, call).result([grant.account], wait)) as ErrandResult | null);
  if (result !== null) return resultResponse(c, call, result, headers);
  if (wish.mode === "once") return refuse(c, unfinished());
  c.header("Preference-Applied", "respond-async");
  c.header("Location", `/v1/calls/${call}`);
  c.header("Retry-After", "1");
  return c.json({ id: call, state: await stateOf(c, call, grant.account), result: `/v1/calls/${call}/result` }, 202);
}

/** How a call that was handed over stands by now. */
async function stateOf(c: AppContext, call: string, account: string): Promise<ErrandState> {
  const view = (await errandOf(c.env, call).view([account])) as ErrandView | null;
  return view?.state ?? "waiting";
}

const unfinished = (): Failure =>
  failure("call-running", "The call with this Idempotency-Key has not ended: send the request again to wait for it.", {
    retryAfter: 2,
  });

/** A kept result, as the call itself would have been answered. */
export function resultResponse(
  c: AppContext,
  call: string,
  { outcome, answer }: ErrandResult,
  headers: Readonly<Record<string, string>> = {},
): Response {
  if (outcome.failure !== null) return refuse(c, outcome.failure);
  const { fuel, cost, duration } = outcome;
  const figures = callHeaders({ id: call, version: outcome.version, build: outcome.build, fuel, cost });
  return answered(c, { ...figures, ...headers }, toldOf(outcome, answer), Math.max(duration, 0.001));
}

function toldOf({ kind, error }: Outcome, bytes: Uint8Array): Parameters<typeof answered>[2] {
  if (kind !== null) return ok({ kind, bytes });
  return err(error ?? { type: "Unavailable", message: "The call could not be run." });
}
