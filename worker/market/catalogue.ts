// The catalogue's rules: what a listing shows, and how a person's words become a search. Pure.
import { CALL_FEE } from "./money/price.ts";
import type { Release } from "./release.ts";

/** An algorithm as a list shows it: of its newest version that whoever looks may see. */
export interface CatalogueEntry {
  /** UUID. */
  readonly id: string;
  /** Canonical `owner/name`. */
  readonly name: string;
  readonly version: string;
  readonly build: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly license: string;
  readonly language: string;
  readonly visibility: string;
  readonly source: string;
  readonly permissions: readonly string[];
  readonly input: string;
  readonly output: string;
  /** Microcredits: the royalty, and with the fee of a call what one costs beside its fuel. */
  readonly royalty: number;
  readonly price: number;
  /** Milliseconds since 1970. */
  readonly published: number;
  readonly deprecated: string | null;
}

/** @param name canonical `owner/name`: versions may be spelled in another case */
export const entryOf = (
  id: string,
  name: string,
  { version, build, manifest }: Release,
  { published, deprecated }: { readonly published: number; readonly deprecated: string | null },
): CatalogueEntry => ({
  id,
  name,
  version,
  build,
  summary: manifest.summary,
  tags: manifest.tags,
  license: manifest.license,
  language: manifest.language,
  visibility: manifest.visibility,
  source: manifest.source,
  permissions: manifest.permissions,
  input: manifest.input.kind,
  output: manifest.output.kind,
  royalty: manifest.royalty,
  price: CALL_FEE + manifest.royalty,
  published,
  deprecated,
});

/** Words of a search that count. */
const WORDS = 12;

/**
 * A person's words as an FTS5 query: all of them must begin a word somewhere. Whatever they hold, they are words, never
 * operators of the query language.
 * @returns null when there are none
 */
export function matchOf(text: string): string | null {
  const words = text.match(/[\p{L}\p{N}]+/gu) ?? [];
  return words.length === 0
    ? null
    : words
        .slice(0, WORDS)
        .map((word) => `"${word}"*`)
        .join(" AND ");
}
