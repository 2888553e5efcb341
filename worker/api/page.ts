// Pages of a list: how many results, and where the next ones are.
import type { AppContext } from "./context.ts";

/** Results on a page that does not say (wire contract §2.10), and at most. */
const PAGE = 50;
export const MOST_ON_A_PAGE = 100;

/** @returns the wanted number of results; undefined when it is none from 1 to 100 */
export function pageSize(text: string | undefined): number | undefined {
  const limit = Number(text ?? PAGE);
  return Number.isInteger(limit) && limit >= 1 && limit <= MOST_ON_A_PAGE ? limit : undefined;
}

/**
 * The address of the next page: this one with another marker, in a `Link` header (RFC 8288) too.
 * @param marker where it begins; null: there is none
 */
export function pageLink(c: AppContext, marker: string | null): string | null {
  if (marker === null) return null;
  const { pathname, searchParams } = new URL(c.req.url);
  searchParams.set("marker", marker);
  const next = `${pathname}?${searchParams.toString()}`;
  c.header("Link", `<${next}>; rel="next"`);
  return next;
}
