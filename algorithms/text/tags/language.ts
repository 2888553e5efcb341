// Languages: their stop words (words that say nothing of what a text is about), and finding out which one a text is in.
import { STOP_KEYS, STOP_LANGUAGES, STOP_TAILS } from "./data/stopwords";
import { hash, Words } from "./words";

/** In the order of their bits in the data. */
const LANGUAGES: StaticArray<string> = ["en", "de", "fr", "es", "it", "pt", "nl", "sv"];

/** A language is a bit; no bit is none: no stop words, no plurals. */
export const NONE: u32 = 0;
export const ENGLISH: u32 = 1;
/** Those where an apostrophe stands between two words: French, Italian. */
const ELIDING: u32 = 4 | 16;

/** Words that are looked at to find out the language. */
const SAMPLE: u32 = 400;

/** @returns the bit of a language's name; NONE when it is not known */
export function languageOf(name: string): u32 {
  for (let i = 0; i < LANGUAGES.length; i++) {
    if (unchecked(LANGUAGES[i]) == name) return 1 << i;
  }
  return NONE;
}

/** @returns the name of a language */
export function nameOf(language: u32): string {
  return language ? unchecked(LANGUAGES[ctz(language)]) : "none";
}

/** @returns the words of a span, as they are told apart in a language */
export function wordsOf(start: usize, length: usize, language: u32): Words {
  return new Words(start, length, !(language & ELIDING));
}

/** @returns the bits of the languages in which the word with this hash is a stop word */
export function stopLanguages(key: u64): u32 {
  const upper = <u32>(key >> 32);
  const tail = <u32>(key >> 24) & 255;
  let low = 0;
  let high = STOP_KEYS.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const at = unchecked(STOP_KEYS[middle]);
    if (at < upper || (at == upper && unchecked(STOP_TAILS[middle]) < tail)) low = middle + 1;
    else high = middle;
  }
  if (low == STOP_KEYS.length || unchecked(STOP_KEYS[low]) != upper || unchecked(STOP_TAILS[low]) != tail) return NONE;
  return unchecked(STOP_LANGUAGES[low]);
}

/** @returns the language with the most stop words among the first words of a text; NONE when there are none */
export function detect(start: usize, length: usize): u32 {
  const seen = new StaticArray<u32>(LANGUAGES.length);
  const words = wordsOf(start, length, NONE);
  for (let left = SAMPLE; left && words.next(); left--) {
    const languages = stopLanguages(hash(words.start, words.size));
    for (let rest = languages; rest; rest &= rest - 1) unchecked(seen[ctz(rest)]++);
  }
  let best = 0;
  for (let i = 1; i < LANGUAGES.length; i++) {
    if (unchecked(seen[i]) > unchecked(seen[best])) best = i;
  }
  return unchecked(seen[best]) ? 1 << best : NONE;
}
