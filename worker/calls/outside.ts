// What an invocation may have of the outside: requests to the Internet, when every algorithm down to it asks for that and the
// caller's key does not forbid it; and the secrets of its own algorithm. A request is outside the transaction: what it did
// stays, whatever becomes of the call.
import { type EgressError, send } from "../egress/send.ts";
import { publicSender } from "../egress/sender.ts";
import { LIMITS } from "../limits.ts";
import { readSecret } from "../objects/workshop/store.ts";
import type { FetchAsked, Fetched } from "../sandbox/protocol.ts";
import type { Invocation } from "./invocation.ts";

const refused = (type: string, message: string): Fetched => ({ error: { type, message } });

/** Errors of the network are a server's or nobody's; all others say what the module did wrong. */
function refusalOf(error: EgressError): Fetched {
  switch (error.reason) {
    case "timeout":
      return refused("FetchFailed", "The server did not answer in time.");
    case "unreachable":
      return refused("FetchFailed", `The server could not be reached: ${error.message}`);
    case "too-large":
      return refused("FetchFailed", `The answer has more than ${error.limit} bytes.`);
    case "too-many-redirects":
      return refused("FetchFailed", "The server redirects too often.");
    case "rate-limited":
      return refused("FetchRefused", "This host was asked too often in a short time: try again later.");
    case "loop":
      return refused("FetchRefused", "The request would pass through this platform again and again.");
    case "forbidden-header":
      return refused("FetchRefused", `The header ${error.header} may not be set.`);
    case "private-host":
      return refused("FetchRefused", `${error.url} is not on the public Internet, or is this platform's own.`);
    case "not-https":
      return refused("FetchRefused", `${error.url}: only https is allowed.`);
    case "invalid-url":
    case "credentials":
    case "port":
    case "host-not-allowed":
      return refused("FetchRefused", `${error.url} may not be asked (${error.reason}).`);
  }
}

/** Sends a request for an invocation and brings the whole answer. */
export async function fetchFor(invocation: Invocation, asked: FetchAsked): Promise<Fetched> {
  const { grant, env, deadline, hops = 0 } = invocation.tree.facts;
  if (grant.key.scopes.internet === false || !invocation.allAsk("internet")) {
    return refused("NoInternet", "The caller's key, or an algorithm above this one, does not allow the Internet.");
  }
  const policy = { ownHosts: env.ORCADE_HOSTS.split(",").filter((host) => host !== "") };
  const until = Math.min(deadline, Date.now() + LIMITS.fetchMs);
  const bounds = { answerBytes: LIMITS.fetchAnswerBytes, deadline: until, hops };
  const got = await send(asked, policy, bounds, publicSender(env));
  return got.ok ? got.value : refusalOf(got.error);
}

/** A secret of the invocation's own algorithm. What the invocation does from then on is shown to nobody. */
export async function secretFor(invocation: Invocation, name: string): Promise<string | null> {
  invocation.confidential = true;
  return readSecret(invocation.tree.facts.env, invocation.release.algorithm, name);
}
