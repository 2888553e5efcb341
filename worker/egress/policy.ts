// What may leave, before anything does: scheme, host, port, and whether it would come back to ourselves. Pure.
import { type Result, err, ok } from "../market/result.ts";
import { isPublicHost } from "./address.ts";

export type Refusal =
  /** Not a URL, or too long. */
  | "invalid-url"
  /** Only https. */
  | "not-https"
  /** A user name or password in the URL. */
  | "credentials"
  /** A port that no web server has. */
  | "port"
  /** Not on the public Internet, or one of our own hosts. */
  | "private-host"
  /** Not on the list of hosts that were allowed. */
  | "host-not-allowed";

export interface Policy {
  /** Our own host names, lower case: a request must not come back. */
  readonly ownHosts: readonly string[];
  /** The hosts allowed, `*.name` for all below a name; undefined: every public one. */
  readonly allow?: readonly string[];
  /** Whether a request may go to this very machine, unencrypted, on a port that is not ours: for development only. */
  readonly loopback?: boolean;
}

const URL_LENGTH = 8_192;

/** @param pattern `api.example.com`, or `*.example.com` for every host below it */
export const hostFits = (host: string, pattern: string): boolean =>
  pattern.startsWith("*.") ? host.endsWith(pattern.slice(1)) && host.length > pattern.length - 1 : host === pattern;

/** 443, or one that needs no privileges: mail, shells and databases below 1024 are none of a module's business. */
const isWebPort = (port: string): boolean => port === "" || Number(port) >= 1_024;

const LOOPBACK = new Set(["127.0.0.1", "localhost", "[::1]"]);
/** Whether it leads to this machine by its own address: unencrypted, to a port that needs no privileges. */
export const isLoopback = ({ protocol, hostname, port, username }: URL): boolean =>
  protocol === "http:" && LOOPBACK.has(hostname) && Number(port) >= 1_024 && username === "";

/** Judges an address; asked again for every redirect. */
export function judge(text: string, { ownHosts, allow, loopback }: Policy): Result<URL, Refusal> {
  if (text.length > URL_LENGTH || !URL.canParse(text)) return err("invalid-url");
  const url = new URL(text);
  if (loopback === true && isLoopback(url) && !ownHosts.includes(url.host)) return ok(url);
  if (url.protocol !== "https:") return err("not-https");
  if (url.username !== "" || url.password !== "") return err("credentials");
  if (!isWebPort(url.port)) return err("port");
  const host = url.hostname.replace(/\.$/, "");
  if (!isPublicHost(host) || ownHosts.includes(host) || ownHosts.includes(url.host)) return err("private-host");
  if (allow !== undefined && !allow.some((pattern) => hostFits(host, pattern.toLowerCase())))
    return err("host-not-allowed");
  return ok(url);
}
