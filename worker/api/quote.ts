// POST /v1/quote/{owner}/{name}: what a call will probably cost, and a ceiling that it will not pass, by an input or its
// length. Nothing runs, and nothing is charged.
import type { Hono } from "hono";
import { acceptInput } from "../market/input.ts";
import { releaseFor } from "../calls/target.ts";
import { LIMITS } from "../limits.ts";
import { type Failure, failure } from "../market/failure.ts";
import { CALL_FEE } from "../market/money/price.ts";
import { type Prices, type Quotable, pricesOf } from "../market/quote.ts";
import { FUEL_STEP } from "../market/record/view.ts";
import type { Release } from "../market/release.ts";
import { type Result, err, ok } from "../market/result.ts";
import { type BuildProfile, type Quoted } from "../objects/profile/object.ts";
import { profileOf } from "../objects/profile/observe.ts";
import { basisFor, makeQuote } from "../objects/profile/quotes.ts";
import { readHeld } from "./body.ts";
import { authenticate, isMember } from "./caller.ts";
import type { AppContext, AppEnv } from "./context.ts";
import { refuse } from "./errors.ts";

/** Milliseconds after which a body that is still being read is no longer counted. */
const READ_MS = 300_000;
const WHOLE = /^\d{1,9}$/;

/** Bytes of the input: `?bytes=`, or those of the input that was sent, which must be one. */
async function lengthFor(c: AppContext, release: Release): Promise<Result<number, Failure>> {
  const said = c.req.query("bytes");
  if (said !== undefined) {
    return WHOLE.test(said) && Number(said) <= LIMITS.inputBytes
      ? ok(Number(said))
      : err(failure("invalid-parameter", `bytes must be a whole number, at most ${LIMITS.inputBytes}.`));
  }
  const body = await readHeld(c, LIMITS.inputBytes, Date.now() + READ_MS);
  if (!body.ok) return body;
  const input = acceptInput(body.value, c.req.header("Content-Type"), release.manifest);
  return input.ok ? ok(input.value.length) : input;
}

type Callees = BuildProfile["callees"];

/** What calls of this build usually call, with how many calls each makes on average. */
const calleesBody = (callees: Callees, completed: number): object[] =>
  callees.map(({ algorithm, version, royalty, calls }) => ({
    algorithm,
    version,
    royalty_microcredits: royalty,
    calls_per_call: completed === 0 ? 0 : Math.round((calls / completed) * 100) / 100,
  }));

function quoteBody(release: Release, of: string, calls: number, prices: Prices, quote: Quoted): object {
  return {
    algorithm: release.algorithm,
    version: release.version,
    build: release.build,
    input_bytes: quote.bytes,
    basis: { of, calls },
    fuel: prices.fuel,
    nested_microcredits: prices.nested,
    price_microcredits: prices.price,
    royalty_microcredits: release.manifest.royalty,
    call_microcredits: CALL_FEE,
    quote: quote.id,
    ceiling_microcredits: quote.ceiling,
    expires: new Date(quote.expires).toISOString(),
  };
}

const quotableOf = ({ manifest }: Release): Quotable => ({
  royalty: manifest.royalty,
  calls: (manifest.permissions as readonly string[]).includes("call"),
});

async function quote(c: AppContext): Promise<Response> {
  const caller = await authenticate(c.env, c.req.header("Authorization"));
  if (!caller.ok) return refuse(c, caller.error);
  const { owner = "", name = "" } = c.req.param() as Record<string, string>;
  const member = isMember(caller.value, owner);
  const release = await releaseFor(c.env, { owner, name, selector: c.req.query("version") ?? "" }, member);
  if (!release.ok) return refuse(c, release.error);
  const { algorithm, build, version, manifest } = release.value;
  const bytes = await lengthFor(c, release.value);
  if (!bytes.ok) return refuse(c, bytes.error);
  const basis = await basisFor(c.env, algorithm, build, bytes.value);
  const step = manifest.source === "open" || member ? 1 : FUEL_STEP;
  const prices = pricesOf(quotableOf(release.value), basis, step);
  const terms = { account: caller.value.account, build, version, bytes: bytes.value, ceiling: prices.ceiling };
  const made = await makeQuote(c.env, algorithm, terms);
  const profile = (await profileOf(c.env, algorithm).build(build)) as BuildProfile | null;
  return c.json({
    ...quoteBody(release.value, basis.of, basis.fuel.count, prices, made),
    callees: calleesBody(profile?.callees ?? [], profile?.completed ?? 0),
  });
}

export function quoteRoutes(app: Hono<AppEnv>): void {
  app.post("/v1/quote/:owner/:name", quote);
}
