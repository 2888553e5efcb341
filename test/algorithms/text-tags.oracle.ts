// What text/tags should answer, written a second time, plainly: regular expressions, maps and Math.log.
import { readFileSync } from "node:fs";
import { join } from "node:path";

export const folder = join(import.meta.dirname, "../../algorithms/text/tags");

export const LANGUAGES = ["en", "de", "fr", "es", "it", "pt", "nl", "sv"] as const;
export type Language = (typeof LANGUAGES)[number] | "none";

export function stopWords(language: Language): Set<string> {
  if (language === "none") return new Set();
  const text = readFileSync(join(folder, "stopwords", `${language}.txt`), "utf8").replaceAll(/^#.*$/gm, "");
  return new Set(text.split(/\s+/).filter((word) => word !== ""));
}

const STOPS = new Map<Language, Set<string>>(
  [...LANGUAGES, "none" as const].map((language) => [language, stopWords(language)]),
);
const isStop = (word: string, language: Language): boolean => STOPS.get(language)?.has(word) ?? false;

const WORD = /[\p{L}\p{M}\p{Nd}]+(?:['’\-‐‑·\u200c\u200d][\p{L}\p{M}\p{Nd}]+)*/gu;
const SPLIT_WORD = /[\p{L}\p{M}\p{Nd}]+(?:[-‐‑·\u200c\u200d][\p{L}\p{M}\p{Nd}]+)*/gu;

const charactersOf = (word: string): string[] => Array.from(word);

/** The words of a text in lower case. Right for characters whose folding is their lower case, as in the texts of the tests. */
function wordsOf(text: string, language: Language): string[] {
  const pattern = language === "fr" || language === "it" ? SPLIT_WORD : WORD;
  const found = text.replaceAll("\u00ad", "").match(pattern) ?? [];
  return found
    .filter((word) => /[\p{L}\p{M}]/u.test(word))
    .map((word) =>
      charactersOf(word)
        .map((each) => each.toLowerCase())
        .join(""),
    )
    .map((word) => word.replaceAll("ς", "σ").replaceAll("’", "'").replaceAll(/[‐‑]/g, "-"));
}

/** The words that may be terms: not too long, no possessive, no single letter. */
function formsOf(text: string, language: Language): string[] {
  return wordsOf(text, language)
    .filter((word) => charactersOf(word.replaceAll(/['\-·\u200c\u200d]/g, "")).length <= 64)
    .map((word) => (language === "en" ? word.replace(/(?<=.)'s$/u, "") : word))
    .filter((word) => charactersOf(word).length > 1 || (word.codePointAt(0) ?? 0) >= 0x800);
}

/** Harman's S stemmer. */
function termOf(word: string, language: Language): string {
  if (language !== "en" || Buffer.byteLength(word) < 4 || word === "news") return word;
  if (word.endsWith("ies")) return /[ea]ies$/.test(word) ? word : word.replace(/ies$/, "y");
  if (word.endsWith("es")) return /[aeo]es$/.test(word) ? word : word.slice(0, -1);
  return word.endsWith("s") && !/[us]s$/.test(word) ? word.slice(0, -1) : word;
}

interface Term {
  tag: string;
  best: number;
  count: number;
}

function termsOf(text: string, language: Language): Map<string, Term> {
  const forms = new Map<string, number>();
  for (const form of formsOf(text, language)) forms.set(form, (forms.get(form) ?? 0) + 1);
  const terms = new Map<string, Term>();
  for (const [form, count] of forms) {
    if (isStop(form, language)) continue;
    const term = terms.get(termOf(form, language)) ?? { tag: form, best: 0, count: 0 };
    terms.set(termOf(form, language), term);
    term.count += count;
    if (count > term.best) Object.assign(term, { best: count, tag: form });
  }
  return terms;
}

export interface Answer {
  readonly tags: readonly { tag: string; score: number; count: number; documents: number }[];
  readonly words: number;
  readonly documents: number;
}

/** All tags of a text, scores not rounded. */
export function tagsOf(text: string, corpus: readonly string[], language: Language): Answer {
  const terms = termsOf(text, language);
  const others = corpus.filter((document) => document !== text);
  const has = others.map((document) => new Set(termsOf(document, language).keys()));
  const tags = [...terms].map(([term, { tag, count }]) => {
    const documents = has.filter((each) => each.has(term)).length;
    const rarity = others.length === 0 ? 1 : Math.log((others.length + 1) / (documents + 1));
    return { tag, score: (1 + Math.log(count)) * rarity, count, documents };
  });
  return { tags, words: wordsOf(text, language).length, documents: others.length };
}
