// How things look: numbers, tables and text from strangers. Nothing here writes.
import { styleText } from "node:util";
import type { Sink } from "./io.ts";

/** 1234567 → "1,234,567" */
export const count = (value: number): string => value.toLocaleString("en-US");

/** 1 → "1 byte"; 1536 → "1,536 bytes" */
export const byteCount = (value: number): string => `${count(value)} ${value === 1 ? "byte" : "bytes"}`;

/** Seconds as text: 0.0123 → "12.3 ms", 2.34 → "2.3 s" */
export const seconds = (value: number): string =>
  value < 1 ? `${(value * 1000).toFixed(value < 0.1 ? 1 : 0)} ms` : `${value.toFixed(1)} s`;

/** @param microcredits 10^6 of them are one credit, 10,000 credits one US dollar */
export const cost = (microcredits: number): string => `${count(microcredits)} microcredits`;

/** Cuts long text at `limit` characters and says how much is missing. */
export const shorten = (text: string, limit: number): string =>
  text.length <= limit ? text : `${text.slice(0, limit)}… (${count(text.length - limit)} more characters)`;

/** Makes control characters of somebody else's text harmless for a terminal; newlines and tabs stay. */
export const printable = (text: string): string =>
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, (character) => {
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });

/** Rows as columns, two spaces apart, without trailing blanks. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, at) => (widths[at] = Math.max(widths[at] ?? 0, cell.length)));
  return rows
    .map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

type Style = "bold" | "dim" | "red" | "green" | "yellow";

/** Colours text where a person reads it: on a terminal, unless NO_COLOR is set. */
export const paint = (
  sink: Sink,
  env: Readonly<Record<string, string | undefined>>,
  style: Style,
  text: string,
): string =>
  sink.isTTY && !env["NO_COLOR"] && env["TERM"] !== "dumb" ? styleText(style, text, { validateStream: false }) : text;
