// An algorithm calls another: the same steps as a call from outside, in the same tree. What it may call is what the caller
// may call, and what its own author owns: a public algorithm may use its author's private ones, and the caller's private ones
// only if the patterns of the caller's key name them. (What is public it may call whatever they are.) Whose money it is was
// decided by the root: a module names an algorithm, never an account.
import { LIMITS } from "../limits.ts";
import { mayCall } from "../market/access/scopes.ts";
import type { Failure, FailureCode } from "../market/failure.ts";
import type { Kind } from "../market/manifest.ts";
import { acceptKind } from "../market/input.ts";
import { chainOf } from "./chain.ts";
import type { Invocation } from "./invocation.ts";
import { isMember } from "./member.ts";
import { type Ending, PASSED_UP } from "./outcome.ts";
import { releaseFor, targetOf } from "./target.ts";
import { invoke } from "./run.ts";
import type { NestedReply } from "./tree.ts";

const KINDS: readonly Kind[] = ["text", "json", "bytes"];

/** The error types of a call that did not begin; an author cannot `fail` with them either (market/codes.ts). */
const TYPE_OF: Partial<Record<FailureCode, string>> = {
  "unknown-route": "UnknownAlgorithm",
  "unknown-algorithm": "UnknownAlgorithm",
  "unknown-version": "UnknownVersion",
  "suspended-version": "SuspendedVersion",
  busy: "Unavailable",
  internal: "Unavailable",
};

const refusal = (type: string, message: string): NestedReply => ({ error: { type, message } });
const refusedBy = ({ code, message }: Failure): NestedReply => refusal(TYPE_OF[code] ?? "InvalidInput", message);

/** Runs the callee to its end. @returns its answer, its typed error, or why the whole tree stops */
export async function callNested(
  parent: Invocation,
  callee: string,
  kind: number,
  bytes: Uint8Array,
  begun?: () => void,
): Promise<NestedReply> {
  const { tree } = parent;
  if (parent.depth >= LIMITS.callDepth) {
    return refusal("CallDepth", `Calls nest at most ${LIMITS.callDepth} deep: ${chainOf(parent, callee)}`);
  }
  if (tree.invocations.length >= LIMITS.treeCalls) {
    const chain = chainOf(parent, callee);
    return refusal("CallCount", `One call tree holds at most ${LIMITS.treeCalls} calls; the next would be ${chain}`);
  }
  const target = targetOf(callee);
  if (!target.ok) return refusal("UnknownAlgorithm", `Call an algorithm as owner/name or owner/name/version.`);
  const { owner, name } = target.value;
  const [author = ""] = parent.release.algorithm.split("/");
  const { grant } = tree.facts;
  const callers = isMember(grant, owner) && mayCall(grant.key.scopes, owner, name);
  const insider = callers || owner.toLowerCase() === author.toLowerCase();
  const asked = `${insider ? "+" : "-"} ${owner}/${name}/${target.value.selector}`;
  const release = await tree.absent.find(asked, () => releaseFor(tree.facts.env, target.value, insider));
  if (!release.ok) return refusedBy(release.error);
  const input = acceptKind(bytes, KINDS[kind] ?? "bytes", release.value.manifest);
  if (!input.ok) return refusedBy(input.error);
  const invoked = await invoke(tree, { release: release.value, input: input.value, parent, begun });
  if ("refused" in invoked) return invoked.refused;
  if ("lost" in invoked) return refusal("Unavailable", "The callee could not be run just now: try again.");
  return replyOf(invoked.ending);
}

function replyOf(ending: Ending): NestedReply {
  if (ending.ok) return { answer: ending.value.kind, bytes: ending.value.bytes };
  const { type, message } = ending.error;
  // What ended the callee for the whole tree's sake ends its parents too.
  const passed = PASSED_UP.find((stop) => stop === type);
  return passed ?? refusal(type, message);
}
