// Runs one invocation of a tree, from holding its price to its ending: the steps that a root and a nested call share.
import { exports } from "cloudflare:workers";
import { LIMITS } from "../limits.ts";
import type { Payer } from "../market/record.ts";
import type { Release } from "../market/release.ts";
import { type Result, err } from "../market/result.ts";
import { codeOf } from "../objects/blobs/code.ts";
import { KIND_NUMBER, type GuestReport, type HostStop } from "../sandbox/protocol.ts";
import { bytesHeld } from "../sandbox/held.ts";
import { type RunError, runOnce } from "../sandbox/run.ts";
import { TapedHost } from "../sandbox/taped.ts";
import { tailOf } from "../tail.ts";
import { bearFaults } from "./faults.ts";
import type { Hop, HopRequest } from "./hop.ts";
import { CallHost } from "./host.ts";
import { Invocation } from "./invocation.ts";
import { runNear } from "./near.ts";
import { type CallError, type Ending, endingOf } from "./outcome.ts";
import type { Tree } from "./tree.ts";
import { isMember } from "./member.ts";

/** Fuel with which an invocation begins at least, where there is so much. */
const BEGINS_WITH = 2 * LIMITS.sliceFuel;

export interface InvokeRequest {
  readonly release: Release;
  readonly input: Uint8Array;
  readonly parent: Invocation | null;
  /** Called when it has its place in the tree. */
  readonly begun?: (() => void) | undefined;
}

/** How it ended; `refused`: it could not begin; `lost`: for reasons of ours there is no answer, and nobody pays. */
export type Invoked =
  | { readonly invocation: Invocation; readonly ending: Ending }
  | { readonly refused: HostStop }
  | { readonly lost: RunError };

/** Holds what the invocation can cost, runs it, and closes its account. */
export async function invoke(tree: Tree, { release, input, parent, begun }: InvokeRequest): Promise<Invoked> {
  const stop = tree.over;
  if (stop !== null) return { refused: stop };
  const allowance = await tree.open(release.manifest.royalty);
  if (typeof allowance === "string") return { refused: allowance };
  const invocation = new Invocation(tree, { release, input, allowance, parent });
  tree.invocations.push(invocation);
  begun?.();
  while (allowance.fuel < release.metered.instantiation + BEGINS_WITH && invocation.limit === null && !allowance.full) {
    invocation.limit = await tree.grow(allowance);
  }
  // A root's input is counted where it was read.
  const holding = parent === null ? null : bytesHeld.note(input.length, tree.facts.deadline);
  try {
    const report = await runThere(invocation);
    if (invocation.pending !== null) await abandon(invocation);
    return await (report.ok ? over(invocation, report.value) : lost(invocation, report.error));
  } finally {
    holding?.end();
  }
}

/** Milliseconds a callee has to end when who called it is over: it does at its next slice. */
const ABANDONED_MS = 10_000;

/**
 * An invocation that ended while it waited for its callee, late or lost: the callee is ended too, and what it burned is
 * charged, before the tree goes on.
 */
async function abandon(invocation: Invocation): Promise<void> {
  const { tree, pending } = invocation;
  tree.ending = true;
  for (const other of tree.invocations) if (other.below(invocation)) other.abandon();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ABANDONED_MS);
  });
  await Promise.race([Promise.resolve(pending).catch(() => undefined), over]);
  clearTimeout(timer);
  tree.ending = false;
}

const requestOf = ({ id, tree, release, input, allowance, fate, depth }: Invocation): HopRequest => ({
  call: id,
  release,
  input,
  kind: KIND_NUMBER[release.manifest.input.kind],
  fuel: allowance.fuel,
  deadline: tree.facts.deadline,
  fate,
  depth: depth - 1,
});

/** Runs it where what it reads is; else as usual. */
async function runThere(invocation: Invocation): Promise<Result<GuestReport, RunError>> {
  const request = requestOf(invocation);
  const near = runNear(invocation, request);
  if (near === null) return runHere(invocation, request);
  // What was granted meanwhile is granted.
  return (await near) ?? runHere(invocation, { ...request, fuel: invocation.allowance.fuel });
}

/** Runs it from here, or from a fresh invocation of our worker when this one has as many sandboxes open as it may. */
async function runHere(invocation: Invocation, request: HopRequest): Promise<Result<GuestReport, RunError>> {
  const { tree, release } = invocation;
  const own = new CallHost(invocation);
  const host = new TapedHost(own, invocation.tape);
  const { sha256 } = release.metered;
  const here = tree.enter(sha256);
  try {
    if (!here) return await hop(request, host);
    const { env, ctx } = tree.facts;
    const code = await codeOf(env, sha256);
    if (code === null) return err("busy");
    const { sessions } = tree;
    return await runOnce(env, { ...request, code, host, tail: tailOf(ctx, env, sha256), sessions });
  } finally {
    if (here) tree.leave(sha256);
    TapedHost.end(host);
    CallHost.end(own);
  }
}

async function hop(request: HopRequest, host: TapedHost): Promise<Result<GuestReport, RunError>> {
  try {
    const entrypoint = (exports as unknown as { readonly Hop: Pick<Hop, "run"> }).Hop;
    return await entrypoint.run(request, host);
  } catch (error) {
    console.error(JSON.stringify({ event: "hop-failed", call: request.call, error: String(error) }));
    return err("unavailable");
  }
}

async function lost(invocation: Invocation, error: RunError): Promise<Invoked> {
  const message = "The call was lost on our side and nothing of it was kept: try again.";
  const ending = err({ type: "Unavailable", message, fault: "nobody" } as const);
  await invocation.end(ending, 0, 0, invocation.allowance.close(0, "free"), "nobody");
  return { lost: error };
}

async function over(invocation: Invocation, report: GuestReport): Promise<Invoked> {
  const { tree, release, allowance, limit } = invocation;
  const { maxCost, quote, timeoutChosen } = tree.facts;
  const bounds = { limit, maxCost, quoted: quote !== null, timeoutChosen };
  const ending = endingOf(report.outcome, release.manifest.output.kind, bounds);
  const fuel = Math.min(report.fuel, allowance.fuel);
  const payer = ending.ok ? "caller" : await payerOf(invocation, ending.error, fuel);
  const paid = ending.ok ? "completed" : payer === "caller" ? "failed" : "free";
  if (ending.ok) invocation.draft.handOver();
  if (ending.ok && report.writes.length > 0) tree.store(release).write(report.writes);
  invocation.reported(report);
  await invocation.end(ending, fuel, report.pages, allowance.close(fuel, paid), payer);
  return { invocation, ending };
}

/**
 * Who pays for a failure: the caller, for its own doing and for its own algorithms; else the author's fault budget. A quote
 * that did not hold is the root's, whichever invocation ran against it: who could blame a callee's author for it would
 * choose whose budget it uses up.
 */
async function payerOf({ tree, release }: Invocation, { fault }: CallError, fuel: number): Promise<Payer> {
  if (fault === "caller" || fault === "nobody") return fault;
  const blamed = fault === "quote" ? (tree.invocations[0]?.release ?? release) : release;
  const { grant, env } = tree.facts;
  const [owner = ""] = blamed.algorithm.split("/");
  if (isMember(grant, owner)) return "caller";
  return (await bearFaults(env, blamed, grant.account, [fuel])) === 1 ? "author" : "caller";
}
