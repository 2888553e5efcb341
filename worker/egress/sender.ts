// By which network a request leaves. On Cloudflare that is the platform's own, which has no private addresses. The server of
// `npm start` binds one whose connections are refused unless the address that a name came to is public, and to this very
// machine another one; there the worker's own `fetch` leads nowhere.
import { isLoopback } from "./policy.ts";
import type { Sender } from "./send.ts";

export interface Networks {
  /** The public Internet; absent: the platform's. */
  readonly EGRESS?: Fetcher;
  /** This machine alone; absent: as EGRESS, which refuses it where it is bound. */
  readonly LOOPBACK?: Fetcher;
}

const through =
  (network: Fetcher): Sender =>
  (url, init) =>
    network.fetch(url, init);

export const publicSender = ({ EGRESS }: Networks): Sender => (EGRESS === undefined ? fetch : through(EGRESS));

/** For a policy that lets requests go to this machine (Policy.loopback). */
export function localSender({ LOOPBACK, ...rest }: Networks): Sender {
  const local = LOOPBACK === undefined ? null : through(LOOPBACK);
  const outside = publicSender(rest);
  return (url, init) => (local !== null && isLoopback(url) ? local : outside)(url, init);
}
