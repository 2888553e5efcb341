// How paths of the wire contract come in (§2.6): with empty segments, or with slashes that are percent-encoded. Pure.
import { getPathNoStrict } from "hono/utils/url";

/** What is routed by whole segments; in a path of data an encoded slash is the path model's own business. */
const SEGMENTED =
  /^\/+v1\/+(?:(?:web\/+)?algo|algorithms|users|organizations?|scms|algorithm-environments|secret-provider|insights|hostedData)(?:\/|%2f|$)/i;
const DATA = /^\/+v1\/+(data|connector)(?=\/|$)/;

/** The path by which the app finds a route: as it came, but for a slash at its end and what the wire contract tolerates. */
export function routedPath(request: Request): string {
  const path = getPathNoStrict(request);
  if (!path.includes("//") && !path.includes("%2F") && !path.includes("%2f")) return path;
  if (DATA.test(path)) return path.replace(DATA, "/v1/$1");
  if (!SEGMENTED.test(path)) return path;
  return path
    .split(/\/|%2f/i)
    .filter((segment, index) => segment !== "" || index === 0)
    .map((segment) => (/^algo%3a$/i.test(segment) ? "algo:" : segment))
    .join("/");
}
