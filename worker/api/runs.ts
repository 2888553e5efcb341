// Durable runs over HTTP: POST /v1/runs begins one, which goes on whatever happens to the request, the server or a release; it
// is looked at, read, sent signals and cancelled under its id. What runs it is worker/objects/run.
import type { Hono } from "hono";
import { openPurse } from "../calls/purses.ts";
import type { Env } from "../env.ts";
import { hopsOf } from "../egress/send.ts";
import { LIMITS } from "../limits.ts";
import type { Grant } from "../market/access/grant.ts";
import { type Failure, failure } from "../market/failure.ts";
import { sha256OfText } from "../market/hash.ts";
import { decodeText } from "../market/json.ts";
import { type Result, err, ok } from "../market/result.ts";
import { docketOf } from "../objects/docket/object.ts";
import { runOf } from "../objects/run/object.ts";
import type { CallView, RunView, RunWish, SaidPage, SignalRefusal, StartRefusal } from "../objects/run/protocol.ts";
import { readJson, writeJson } from "../orc/values/json.ts";
import { ceilingOf } from "../runs/answer.ts";
import { LEAST } from "../runs/evaluation.ts";
import { formatFor, TYPE } from "../runs/encode.ts";
import { eventsOf } from "../runs/events.ts";
import { readBody } from "./body.ts";
import { keyOf } from "./caller.ts";
import type { AppContext, AppEnv } from "./context.ts";
import { refuse } from "./errors.ts";
import { addressOf } from "./guard.ts";
import { pageLink, pageSize } from "./page.ts";
import { compiled, type Sent, sentIn } from "./program.ts";
import { idFrom, senderOf } from "./sender.ts";

const ID = /^run-[0-9a-f-]{36}$/;
const PLACE = /^\d{1,15}$/;
const SECONDS = /^[1-9]\d{0,8}$/;
const STATES = ["running", "halted", "blocked", "overrun", "cancelled", "timeout", "failed"];

const iso = (ms: number): string => new Date(ms).toISOString();
const invalid = (message: string): Failure => failure("invalid-parameter", message);
const absent = (): Failure => failure("unknown-run", "There is no such run, or not for this key.");

const runBody = (view: RunView): object => ({
  id: view.id,
  name: view.name,
  state: view.state,
  ...(view.code === null ? {} : { code: view.code }),
  ...(view.text === null ? {} : { text: view.text }),
  created: iso(view.made),
  ended: view.ended === null ? null : iso(view.ended),
  deadline: iso(view.deadline),
  wakes: view.next === null ? null : iso(view.next),
  engine: view.engine,
  program_sha256: view.program,
  algorithms: Object.fromEntries(view.pins.map(({ name, version }) => [name, version])),
  publications: view.publications,
  outputs: view.outputs,
  calls: view.calls,
  fuel: view.fuel,
  cost_microcredits: view.cost,
  max_cost_microcredits: view.ceiling,
  awaits: view.awaits,
  signals_kept: view.signals,
});

/** Milliseconds since 1970 when the run is ended. */
function deadlineOf(c: AppContext): Result<number, Failure> {
  const [text, ...more] = c.req.queries("timeout") ?? [];
  if (more.length > 0) return err(invalid("timeout is given twice: say it once."));
  const seconds = text === undefined ? LIMITS.runSeconds : SECONDS.test(text) ? Number(text) : Number.NaN;
  if (seconds <= LIMITS.runSecondsMax) return ok(Date.now() + seconds * 1_000);
  return err(invalid(`timeout must be a whole number of seconds, at most ${LIMITS.runSecondsMax}.`));
}

function ceilingIn(c: AppContext): Result<number, Failure> {
  const cost = c.req.header("X-Orcade-Max-Cost");
  if (cost !== undefined && !PLACE.test(cost))
    return err(invalid("X-Orcade-Max-Cost must be a whole number of microcredits."));
  const ceiling = ceilingOf(cost === undefined ? undefined : Number(cost));
  return ceiling >= LEAST
    ? ok(ceiling)
    : err(invalid(`X-Orcade-Max-Cost must be at least ${LEAST} microcredits to evaluate a program at all.`));
}

/** What the request wishes, compiled once to say what is wrong with it. */
async function wishOf(c: AppContext, key: string, grant: Grant): Promise<Result<RunWish, Failure>> {
  const sender = senderOf(c);
  if (!sender.ok) return sender;
  const deadline = deadlineOf(c);
  if (!deadline.ok) return deadline;
  const ceiling = ceilingIn(c);
  if (!ceiling.ok) return ceiling;
  const sent: Result<Sent, Failure> = await sentIn(c, true);
  if (!sent.ok) return sent;
  const program = compiled(sent.value);
  if (!program.ok) return program;
  const { source, files, args, hosts, name } = sent.value;
  const text = writeJson(args);
  if (typeof text !== "string") return err(failure("invalid-body", "The arguments have no JSON form."));
  const id = idFrom("run", grant.account, sender.value);
  const common = { id, grant, key: sha256OfText(key), name, program: source, files: Object.fromEntries(files) };
  const hops = hopsOf(c.req.raw.headers);
  return ok({ ...common, args: text, hosts, hops, ceiling: ceiling.value, deadline: deadline.value });
}

async function begin(c: AppContext): Promise<Response> {
  const key = keyOf(c.req.header("Authorization"));
  if (key === undefined) return refuse(c, failure("authorization-required", "authorization required"));
  const opened = await openPurse(c.env, key, () => addressOf(c));
  if (!opened.ok) return refuse(c, opened.error);
  const { grant } = opened.value;
  const wish = await wishOf(c, key, grant);
  if (!wish.ok) return refuse(c, wish.error);
  const docket = docketOf(c.env, grant.account);
  const admitted = (await docket.admit(wish.value.id)) as Result<null, "too-many">;
  if (!admitted.ok) {
    const message = `The account has ${LIMITS.runs} runs that have not ended: cancel some, or wait.`;
    return refuse(c, failure("too-many-runs", message));
  }
  const started = (await runOf(c.env, wish.value.id).start(wish.value)) as Result<RunView, StartRefusal>;
  if (!started.ok) {
    await docket.dismiss(wish.value.id);
    return refuse(c, startFailure(started.error));
  }
  c.header("Location", `/v1/runs/${started.value.id}`);
  return c.json(runBody(started.value), 201);
}

const startFailure = (refusal: StartRefusal): Failure =>
  refusal.code === "invalid"
    ? failure("invalid-program", refusal.message)
    : failure("id-conflict", "This Idempotency-Key began a run of something else: take another key.");

/** The id in the path; one that cannot be any is answered as one that is not there. */
const idIn = (c: AppContext): string | null => {
  const id = c.req.param("id") ?? "";
  return ID.test(id) ? id : null;
};

async function withRun(
  c: AppContext,
  ask: (run: ReturnType<typeof runOf>, account: string) => Promise<Response | null>,
): Promise<Response> {
  const id = idIn(c);
  const answer = id === null ? null : await ask(runOf(c.env, id), c.get("grant").account);
  return answer ?? refuse(c, absent());
}

const show = (c: AppContext): Promise<Response> =>
  withRun(c, async (run, account) => {
    const view = (await run.view(account)) as RunView | null;
    return view === null ? null : c.json(runBody(view));
  });

const end = (c: AppContext): Promise<Response> =>
  withRun(c, async (run, account) => {
    const view = (await run.cancel(account)) as RunView | null;
    return view === null ? null : c.json(runBody(view), view.ended === null ? 202 : 200);
  });

const callBody = (call: CallView): object => ({
  n: call.n,
  id: call.id,
  target: call.target,
  state: call.state,
  attempts: call.attempts,
  cost_microcredits: call.cost,
  began: iso(call.began),
  ended: call.ended === null ? null : iso(call.ended),
  ...(call.error === null ? {} : { error: call.error }),
});

/** Whom the run called and what that cost; each call's own tree stands under its id. */
function tree(c: AppContext): Promise<Response> {
  return withRun(c, async (run, account) => {
    const limit = pageSize(c.req.query("limit"));
    const marker = c.req.query("marker") ?? "0";
    if (limit === undefined) return refuse(c, invalid("limit is a whole number from 1 to 100."));
    if (!PLACE.test(marker)) return refuse(c, invalid("The marker is none that a list answered."));
    const view = (await run.view(account)) as RunView | null;
    const calls = (await run.calls(account, Number(marker), limit)) as readonly CallView[] | null;
    if (view === null || calls === null) return null;
    const next = calls.length < limit ? null : String(calls.at(-1)?.n ?? 0);
    return c.json({
      id: view.id,
      state: view.state,
      cost_microcredits: view.cost,
      fuel: view.fuel,
      marker: next,
      next_link: pageLink(c, next),
      results: calls.map(callBody),
    });
  });
}

/** Where a reader goes on: `Last-Event-ID` (of a client that was cut off), or `?after=`. */
function afterOf(c: AppContext): number | undefined {
  const text = c.req.header("Last-Event-ID") ?? c.req.query("after") ?? "0";
  return PLACE.test(text) ? Number(text) : undefined;
}

function events(c: AppContext): Promise<Response> {
  return withRun(c, async (run, account) => {
    const after = afterOf(c);
    if (after === undefined) return refuse(c, invalid("Last-Event-ID is the number of an event."));
    if (((await run.view(account)) as RunView | null) === null) return null;
    const format = formatFor(c.req.header("Accept") ?? "text/event-stream");
    const [follow = "true", ...more] = c.req.queries("follow") ?? [];
    if (more.length > 0 || !["true", "false"].includes(follow)) return refuse(c, invalid("follow is true or false."));
    const page = (place: number, ms: number): Promise<SaidPage | null> => pageOf(c.env, c, account, place, ms);
    return new Response(eventsOf(page, after, format, follow === "true"), {
      headers: { "Content-Type": TYPE[format], "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff" },
    });
  });
}

/** A stub whose object died with its process is made anew for each page. */
const pageOf = async (env: Env, c: AppContext, account: string, after: number, ms: number): Promise<SaidPage | null> =>
  runOf(env, c.req.param("id") ?? "").said(account, after, ms);

const SIGNAL_REFUSALS: Readonly<Record<SignalRefusal, Failure>> = {
  "unknown-run": absent(),
  ended: failure("run-ended", "The run has ended: nobody waits for a signal any more."),
  "too-many": failure(
    "too-many-signals",
    `A run keeps at most ${LIMITS.runSignalsKept} signals that nobody waits for, and takes ${LIMITS.runSignals} in all.`,
  ),
  conflict: failure("id-conflict", "This Idempotency-Key came with another signal: take another key."),
};

/** The JSON of a signal; no body is null. */
async function signalValue(c: AppContext): Promise<Result<string, Failure>> {
  if (c.req.raw.body === null) return ok("null");
  const body = await readBody(c.req.raw, LIMITS.runSignalBytes);
  if (!body.ok) return body.error.code === "body-missing" ? ok("null") : body;
  if (body.value.length === 0) return ok("null");
  const text = decodeText(body.value);
  if (!text.ok) return err(failure("not-utf8", text.error.message));
  const value = readJson(text.value);
  const again = value === undefined ? undefined : writeJson(value);
  return typeof again === "string"
    ? ok(again)
    : err(failure("not-json", "A signal carries JSON that a program can hold, or nothing."));
}

function signal(c: AppContext): Promise<Response> {
  return withRun(c, async (run, account) => {
    const name = c.req.param("name") ?? "";
    if (name.length > LIMITS.runNameCharacters)
      return refuse(c, invalid(`A signal's name has at most ${LIMITS.runNameCharacters} characters.`));
    const sender = senderOf(c);
    if (!sender.ok) return refuse(c, sender.error);
    const value = await signalValue(c);
    if (!value.ok) return refuse(c, value.error);
    const sent = (await run.signal(account, name, value.value, sender.value ?? null)) as Result<null, SignalRefusal>;
    return sent.ok ? c.json({ signal: name }, 202) : refuse(c, SIGNAL_REFUSALS[sent.error]);
  });
}

async function list(c: AppContext): Promise<Response> {
  const limit = pageSize(c.req.query("limit"));
  const [marker, name, state] = [c.req.query("marker"), c.req.query("name"), c.req.query("state")];
  if (limit === undefined) return refuse(c, invalid("limit is a whole number from 1 to 100."));
  if (marker !== undefined && !PLACE.test(marker))
    return refuse(c, invalid("The marker is none that a list answered."));
  if (state !== undefined && !STATES.includes(state))
    return refuse(c, invalid(`state is one of ${STATES.join(", ")}.`));
  const below = marker === undefined ? Number.MAX_SAFE_INTEGER : Number(marker);
  const rows = await docketOf(c.env, c.get("grant").account).page(below, name ?? null, state ?? null, limit);
  const next = rows.length < limit ? null : String(rows.at(-1)?.seq ?? 0);
  const results = rows.map((row) => ({
    id: row.id,
    name: row.name,
    state: row.state,
    created: iso(row.made),
    ended: row.ended === null ? null : iso(row.ended),
  }));
  return c.json({ marker: next, next_link: pageLink(c, next), results });
}

export function runRoutes(app: Hono<AppEnv>): void {
  app.post("/v1/runs", begin);
  app.get("/v1/runs", list);
  app.get("/v1/runs/:id", show);
  app.delete("/v1/runs/:id", end);
  app.get("/v1/runs/:id/events", events);
  app.get("/v1/runs/:id/tree", tree);
  app.post("/v1/runs/:id/signals/:name", signal);
}
