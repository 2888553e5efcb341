// algorithm.json: read, checked by the rules of worker/market/manifest.ts, with messages that name the line.
import { authoredManifest, type AuthoredManifest } from "../../../worker/market/manifest.ts";
import { placeOf, type Diagnostic } from "./diagnostic.ts";

const FILE = "algorithm.json";

export type Authored =
  | { readonly ok: true; readonly value: AuthoredManifest }
  | { readonly ok: false; readonly error: readonly Diagnostic[] };

/** @param text the file's text, undefined when there is no such file */
export function readAuthored(text: string | undefined): Authored {
  if (text === undefined)
    return refusal(0, 0, "There is no algorithm.json here: `orcade init NAME` makes a folder with one.");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return refusal(...positionOf(text, error as Error), `This is not JSON: ${(error as Error).message}`);
  }
  const parsed = authoredManifest.safeParse(value);
  if (parsed.success) return { ok: true, value: parsed.data };
  const error = parsed.error.issues.map((issue) => {
    const path = issue.path.map(String);
    const name = path.length === 0 ? "the manifest" : `"${path.join(".")}"`;
    return { file: FILE, ...placeOfKey(text, path[0]), message: `${name}: ${issue.message}` };
  });
  return { ok: false, error };
}

function refusal(line: number, column: number, message: string): Authored {
  return { ok: false, error: [{ file: FILE, line, column, message }] };
}

function positionOf(text: string, error: Error): [number, number] {
  const [, position] = /position (\d+)/.exec(error.message) ?? [];
  if (position === undefined) return [0, 0];
  const { line, column } = placeOf(text, Number(position));
  return [line, column];
}

function placeOfKey(text: string, key: string | undefined): { line: number; column: number } {
  const index = key === undefined ? -1 : text.indexOf(JSON.stringify(key));
  return index < 0 ? { line: 1, column: 1 } : placeOf(text, index);
}
