// How listings look on the wire (contract §4), and their markers. Pure.
import { type Result, err, ok } from "../market/result.ts";

/** Entries of a page. */
export const PAGE_ENTRIES = 1_000;

/** `2026-11-21T23:12:45.000Z`: Python needs a fraction, C# and R need literally this one. */
export const wireTime = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}.000Z`;

const encode = (text: string): string =>
  btoa(String.fromCharCode(...new TextEncoder().encode(text)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

/** Where the next page begins. @param listing what is listed: a marker serves no other listing */
export const markerAfter = (listing: string, last: string): string => encode(JSON.stringify([listing, last]));

/** @returns the name after which the page begins; "" without a marker */
export function readMarker(listing: string, marker: string | undefined): Result<string, "invalid-marker"> {
  if (marker === undefined || marker === "") return ok("");
  try {
    const bytes = Uint8Array.from(atob(marker.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
    if (!Array.isArray(value) || value[0] !== listing || typeof value[1] !== "string") return err("invalid-marker");
    return ok(value[1]);
  } catch {
    return err("invalid-marker");
  }
}
