// Jobs over HTTP: one question, thousands of tasks. A job belongs to the account that made it; for everybody else there is none.
import type { Hono } from "hono";
import * as z from "zod";
import type { JobAnswer } from "../../jobs/answers.ts";
import type { Env } from "../../env.ts";
import type { CreateError, JobTerms } from "../../jobs/terms.ts";
import { LIMITS } from "../../limits.ts";
import { sha256OfText } from "../../market/hash.ts";
import { type Failure, failure } from "../../market/failure.ts";
import { type Result, err, ok } from "../../market/result.ts";
import { jobOf, viewOf } from "../../objects/job/object.ts";
import type { JobView } from "../../objects/job/view.ts";
import { rosterOf } from "../../objects/roster/object.ts";
import type { TaskView } from "../../objects/shard/view.ts";
import { keyOf } from "../caller.ts";
import type { AppContext, AppEnv } from "../context.ts";
import { refuse } from "../errors.ts";
import { jsonBody } from "../json.ts";
import { bodyOf } from "../openapi/bodies.ts";
import { pageLink, pageSize } from "../page.ts";
import { idFrom, senderOf } from "../sender.ts";
import { type JobRequest, type Named, jobRequest, termsFor } from "./request.ts";
import { answersOf, progressOf, tasksOf } from "./stream.ts";
import { jobBody, taskBody, treeBody } from "./view.ts";

const ID = /^job-[0-9a-f-]{36}$/;
/** Milliseconds that a quote is waited for, and between two looks. */
const QUOTE_MS = 120_000;
const LOOK_MS = 100;

const unknown = (): Failure => failure("unknown-job", "There is no such job, or not for this key.");
const invalid = (message: string): Failure => failure("invalid-parameter", message);
const anotherBefore = (): Failure =>
  failure("id-conflict", "This Idempotency-Key began a job of something else: take another key.");
const leaving = (): Failure =>
  failure(
    "job-state",
    "The job of this Idempotency-Key was deleted and is still being paid for: try again in seconds.",
  );

/** The caller's job that the path names. */
async function found(c: AppContext): Promise<Result<JobView, Failure>> {
  const id = c.req.param("id") ?? "";
  if (!ID.test(id)) return err(unknown());
  const view = await viewOf(c.env, id);
  const mine = view !== null && view.terms.account === c.get("grant").account;
  return mine ? ok(view) : err(unknown());
}

/** What was entered this long ago and has no job was left behind by a process that died in between. */
const ABANDONED_MS = 60_000;

/** Enters a job among the account's; where there is no place, what was left behind gives its place back. */
async function enter(env: Env, account: string, { id, map }: JobTerms): Promise<Result<null, "too-many">> {
  const roster = rosterOf(env, account);
  const entered = (await roster.enter(id, map.algorithm)) as Result<null, "too-many">;
  if (entered.ok) return entered;
  const old = (await roster.opened()).filter((entry) => Date.now() - entry.made > ABANDONED_MS);
  for (const entry of old) if ((await viewOf(env, entry.id)) === null) await roster.abandon(entry.id, entry.made);
  return roster.enter(id, map.algorithm);
}

/** What the request makes, by its Idempotency-Key: the same request makes one job. @param quote whether it waits for a start */
function namedBy(c: AppContext, request: JobRequest, quote: boolean): Result<Named, Failure> {
  const sender = senderOf(c);
  if (!sender.ok) return sender;
  const id = idFrom("job", c.get("grant").account, sender.value);
  return ok({ id, request: sha256OfText(`${quote ? "quote" : "run"} ${JSON.stringify(request)}`) });
}

/** Makes a job, or finds the one that the same request made. @param quote whether it waits once its sample has run */
async function made(c: AppContext, quote: boolean): Promise<Result<string, Failure>> {
  const request = await jsonBody(c.req.raw, jobRequest, LIMITS.jobBodyBytes);
  if (!request.ok) return request;
  const named = namedBy(c, request.value, quote);
  if (!named.ok) return named;
  const before = c.req.header("Idempotency-Key") === undefined ? null : await viewOf(c.env, named.value.id);
  if (before !== null) return before.terms.request === named.value.request ? ok(named.value.id) : err(anotherBefore());
  const key = keyOf(c.req.header("Authorization")) ?? "";
  const grant = c.get("grant");
  const wanted = await termsFor(c.env, grant, sha256OfText(key), named.value, request.value);
  if (!wanted.ok) return wanted;
  const { terms, files } = wanted.value;
  const entered = await enter(c.env, grant.account, terms);
  if (!entered.ok) {
    return err(
      failure("too-many-jobs", `At most ${LIMITS.jobsOpen} jobs of an account are open at once: wait, or cancel some.`),
    );
  }
  const created = (await jobOf(c.env, terms.id).create(terms, files, quote)) as Result<null, CreateError>;
  if (created.ok) return ok(terms.id);
  return err(created.error === "conflict" ? anotherBefore() : leaving());
}

async function shown(c: AppContext, id: string, status: 200 | 202): Promise<Response> {
  const view = await viewOf(c.env, id);
  if (view === null) return refuse(c, unknown());
  c.header("Location", `/v1/jobs/${id}`);
  return c.json(jobBody(view, Date.now()), status);
}

async function create(c: AppContext): Promise<Response> {
  const job = await made(c, false);
  return job.ok ? shown(c, job.value, 202) : refuse(c, job.error);
}

/** Runs the sample and lays the job out, and no further: `start` runs it. */
async function quote(c: AppContext): Promise<Response> {
  const job = await made(c, true);
  if (!job.ok) return refuse(c, job.error);
  const until = Date.now() + QUOTE_MS;
  for (;;) {
    const view = await viewOf(c.env, job.value);
    if (view === null || view.state !== "planning" || Date.now() > until)
      return shown(c, job.value, view?.state === "planning" ? 202 : 200);
    await scheduler.wait(LOOK_MS);
  }
}

async function start(c: AppContext): Promise<Response> {
  const job = await found(c);
  if (!job.ok) return refuse(c, job.error);
  const { id } = job.value.terms;
  const begun = await jobOf(c.env, id).start();
  return begun
    ? shown(c, id, 202)
    : refuse(c, failure("job-state", `The job is ${job.value.state}: only one that was quoted can be started.`));
}

async function list(c: AppContext): Promise<Response> {
  const limit = pageSize(c.req.query("limit"));
  if (limit === undefined) return refuse(c, invalid("limit must be a whole number from 1 to 100."));
  const marker = c.req.query("marker");
  const [, made = "", id = ""] = /^(\d{1,15})-(job-[0-9a-f-]{36})$/.exec(marker ?? "") ?? [];
  if (marker !== undefined && id === "")
    return refuse(c, failure("invalid-marker", "The marker belongs to another list."));
  const before = marker === undefined ? null : { made: Number(made), id };
  const entries = await rosterOf(c.env, c.get("grant").account).list(before, limit);
  const views = await Promise.all(entries.map((entry) => viewOf(c.env, entry.id)));
  const now = Date.now();
  const last = entries.at(-1);
  const next = pageLink(c, entries.length < limit || last === undefined ? null : `${last.made}-${last.id}`);
  return c.json({
    results: views.flatMap((view) => (view === null ? [] : jobBody(view, now))),
    next_link: next,
  });
}

async function show(c: AppContext): Promise<Response> {
  const job = await found(c);
  return job.ok ? c.json(jobBody(job.value, Date.now())) : refuse(c, job.error);
}

const STREAMED = { "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff" };

async function events(c: AppContext): Promise<Response> {
  const job = await found(c);
  if (!job.ok) return refuse(c, job.error);
  const stream = progressOf(c.env, job.value.terms.id);
  return new Response(stream, { headers: { "Content-Type": "text/event-stream; charset=utf-8", ...STREAMED } });
}

const STATES: readonly TaskView["state"][] = ["failed", "done", "waiting"];

async function tasks(c: AppContext): Promise<Response> {
  const job = await found(c);
  if (!job.ok) return refuse(c, job.error);
  const state = STATES.find((one) => one === (c.req.query("state") ?? "failed"));
  if (state === undefined) return refuse(c, invalid("state must be failed, done or waiting."));
  const limit = pageSize(c.req.query("limit"));
  if (limit === undefined) return refuse(c, invalid("limit must be a whole number from 1 to 100."));
  const marker = c.req.query("marker");
  const [, number = "-1", from = "-1"] = /^(\d{1,15})-(\d{1,16})$/.exec(marker ?? "") ?? [];
  if (marker !== undefined && number === "-1")
    return refuse(c, failure("invalid-marker", "The marker belongs to another list."));
  await jobOf(c.env, job.value.terms.id).use();
  const some: TaskView[] = [];
  for await (const task of tasksOf(c.env, job.value, state, { number: Number(number), from: Number(from) })) {
    some.push(task);
    if (some.length === limit) break;
  }
  const last = some.at(-1);
  const first = job.value.terms.range?.from ?? 0;
  const next = pageLink(c, some.length < limit || last === undefined ? null : `${last.number}-${last.from - first}`);
  return c.json({ results: some.map(taskBody), next_link: next });
}

async function tree(c: AppContext): Promise<Response> {
  const job = await found(c);
  return job.ok ? c.json(treeBody(job.value)) : refuse(c, job.error);
}

const TYPES: Readonly<Record<JobAnswer["kind"], string>> = {
  json: "application/json; charset=utf-8",
  text: "text/plain; charset=utf-8",
  bytes: "application/octet-stream",
  void: "application/octet-stream",
};

async function result(c: AppContext): Promise<Response> {
  const job = await found(c);
  if (!job.ok) return refuse(c, job.error);
  const { terms, state, counts } = job.value;
  if (state !== "done") return refuse(c, failure("job-state", `The job is ${state}: it has no result.`));
  const missing = {
    "X-Orcade-Missing-Tasks": String(counts.failed),
    "Content-Security-Policy": "sandbox",
    ...(counts.failed > 0 ? { Link: `</v1/jobs/${terms.id}/tasks?state=failed>; rel="missing"` } : {}),
  };
  if (terms.reduce === null) {
    await jobOf(c.env, terms.id).use();
    const stream = answersOf(c.env, job.value);
    return new Response(stream, {
      headers: { "Content-Type": "application/x-ndjson; charset=utf-8", ...STREAMED, ...missing },
    });
  }
  const answer = (await jobOf(c.env, terms.id).result()) as JobAnswer | null;
  if (answer === null) return refuse(c, failure("job-state", "The job's result is not there."));
  return new Response(answer.bytes.slice(), {
    headers: { "Content-Type": TYPES[answer.kind], ...STREAMED, ...missing },
  });
}

/** Cancels an open job; forgets one that is over, or that is being cancelled. */
async function remove(c: AppContext): Promise<Response> {
  const job = await found(c);
  if (!job.ok) return refuse(c, job.error);
  const { id } = job.value.terms;
  const cancelled = await jobOf(c.env, id).cancel();
  if (!cancelled) await jobOf(c.env, id).remove();
  // Another may have deleted it while it was cancelled.
  return cancelled && (await viewOf(c.env, id)) !== null ? shown(c, id, 200) : c.body(null, 204);
}

const retryRequest = bodyOf(
  "POST /v1/jobs/:id/retry",
  z.strictObject({ cost: z.int().min(1).max(Number.MAX_SAFE_INTEGER).optional() }),
);

async function retry(c: AppContext): Promise<Response> {
  const job = await found(c);
  if (!job.ok) return refuse(c, job.error);
  const empty = c.req.header("Content-Length") === "0" || c.req.raw.body === null;
  const request = empty ? ok({ cost: undefined }) : await jsonBody(c.req.raw, retryRequest);
  if (!request.ok) return refuse(c, request.error);
  const { state, counts, terms } = job.value;
  if (state === "done" && counts.failed === 0)
    return refuse(c, failure("job-state", "The job is done, and none of its tasks failed: there is nothing to retry."));
  const { id } = terms;
  const again = await jobOf(c.env, id).retry(request.value.cost ?? null);
  return again
    ? shown(c, id, 202)
    : refuse(c, failure("job-state", `The job is ${job.value.state}: there is nothing to retry yet.`));
}

export function jobRoutes(app: Hono<AppEnv>): void {
  app.post("/v1/jobs", create);
  app.get("/v1/jobs", list);
  app.post("/v1/jobs/quote", quote);
  app.get("/v1/jobs/:id", show);
  app.delete("/v1/jobs/:id", remove);
  app.get("/v1/jobs/:id/events", events);
  app.get("/v1/jobs/:id/tasks", tasks);
  app.get("/v1/jobs/:id/tree", tree);
  app.get("/v1/jobs/:id/result", result);
  app.post("/v1/jobs/:id/start", start);
  app.post("/v1/jobs/:id/retry", retry);
}
