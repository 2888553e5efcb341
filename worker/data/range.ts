// Conditional and ranged requests (RFC 9110 §13, §14). Pure.

export interface Validators {
  /** Strong, with its quotes. */
  readonly etag: string;
  /** Milliseconds since 1970. */
  readonly modified: number;
}

/** A half-open span of bytes. */
export interface Span {
  readonly from: number;
  readonly below: number;
}

export type Ranged = "whole" | "unsatisfiable" | Span;

/** Only one range is served; a request for several, or one that cannot be read, gets the whole (RFC 9110 §14.2). */
export function rangeOf(header: string | null, size: number): Ranged {
  const match = /^\s*bytes\s*=\s*(\d{0,15})\s*-\s*(\d{0,15})\s*$/i.exec(header ?? "");
  if (match === null) return "whole";
  const [, first = "", last = ""] = match;
  if (first === "" && last === "") return "whole";
  if (first === "") {
    const from = Math.max(0, size - Number(last));
    return last === "0" || Number(last) === 0 || size === 0 ? "unsatisfiable" : { from, below: size };
  }
  const from = Number(first);
  const below = last === "" ? size : Math.min(size, Number(last) + 1);
  if (last !== "" && Number(last) < from) return "whole";
  return from >= size ? "unsatisfiable" : { from, below };
}

const tags = (header: string): string[] =>
  header
    .split(",")
    .map((tag) => tag.trim())
    .filter((tag) => tag !== "");
const matchesWeakly = (header: string, etag: string): boolean =>
  header.trim() === "*" || tags(header).some((tag) => tag.replace(/^W\//, "") === etag);
const matchesStrongly = (header: string, etag: string): boolean => header.trim() === "*" || tags(header).includes(etag);

/** HTTP dates have whole seconds. */
const seconds = (ms: number): number => Math.floor(ms / 1_000);

export type Condition = "go-on" | "not-modified" | "failed";

/** The order is RFC 9110 §13.2.2's. @param current null: there is no such file @param reads GET or HEAD */
export function conditionOf(headers: Headers, current: Validators | null, reads: boolean): Condition {
  const match = headers.get("If-Match");
  if (match !== null && (current === null || !matchesStrongly(match, current.etag))) return "failed";
  const unmodified = Date.parse(headers.get("If-Unmodified-Since") ?? "");
  if (
    match === null &&
    !Number.isNaN(unmodified) &&
    current !== null &&
    seconds(current.modified) > seconds(unmodified)
  )
    return "failed";
  const none = headers.get("If-None-Match");
  if (none !== null) {
    if (current === null || !matchesWeakly(none, current.etag)) return "go-on";
    return reads ? "not-modified" : "failed";
  }
  const since = Date.parse(headers.get("If-Modified-Since") ?? "");
  const fresh = current !== null && !Number.isNaN(since) && seconds(current.modified) <= seconds(since);
  return reads && fresh ? "not-modified" : "go-on";
}

/** Whether a Range holds under If-Range: by strong tag, or by an exact date. */
export function rangeApplies(headers: Headers, current: Validators): boolean {
  const condition = headers.get("If-Range");
  if (condition === null) return true;
  if (condition.includes('"')) return condition.trim() === current.etag;
  return seconds(Date.parse(condition)) === seconds(current.modified);
}
