// Topic tags of a text by tf-idf, against a corpus that comes with the call or one that is kept in state. Nothing that
// a call takes of memory is given back.
// orcade: runtime=stub
import { fail, Utf8 } from "orcade";
import { countIn } from "./corpus";
import { Kept } from "./kept";
import { detect, languageOf, NONE, nameOf } from "./language";
import { Ranking } from "./rank";
import { Terms } from "./terms";

/** A document, and what it is to be compared with: `corpus`, or the corpus kept under `name`, or nothing. */
class Input {
  /** The document's text. */
  text: Utf8;
  /** The other documents of a corpus. */
  corpus: Utf8[] = [];
  /** The name of a kept corpus: letters, digits, ".", "_" and "-".
   * @maxLength 64 */
  name: string = "";
  /** Whether the text becomes part of the kept corpus. */
  learn: bool = false;
  /** What the kept corpus knows the text by; learned again, it replaces what it was. Its own content when left out.
   * @maxLength 400 */
  id: Utf8 = new Utf8();
  /** The most tags to answer. With 0, to learn reads and writes only the text's own part of the corpus.
   * @minimum 0
   * @maximum 1000 */
  limit: i32 = 10;
  /** The language, which decides about stop words and plurals; auto finds out.
   * @enum auto none en de fr es it pt nl sv */
  language: string = "auto";
}

class Tag {
  /** The word, in lower case, in its most frequent form. */
  tag: Utf8 = new Utf8();
  /** How special it is to this text: (1 + ln count) * ln((documents + 1) / (documents with it + 1)). */
  score: f64;
  /** How often it occurs in the text, in all forms. */
  count: i32;
  /** How many documents of the corpus have it, this one left out. */
  documents: i32;
}

class Output {
  /** The tags, the most special first. */
  tags: Tag[] = [];
  /** Words of the text. */
  words: i32 = 0;
  /** Documents it was compared with, itself left out. */
  documents: i32 = 0;
  /** The language it was taken for. */
  language: string = "";
  /** Whether the kept corpus has changed. */
  learned: bool = false;
}

export function apply(input: Input): Output {
  check(input);
  const text = input.text;
  const language = languageIn(input);
  const terms = new Terms(text.dataStart, text.length, language);
  const output = new Output();
  output.words = terms.words;
  output.language = nameOf(language);
  if (input.name.length) useKept(input, terms, output);
  else output.documents = countIn(input.corpus, text, terms);
  output.tags = choose(terms, output.documents, input.limit);
  return output;
}

/** Refuses what does not go together. */
function check(input: Input): void {
  const named = input.name.length > 0;
  if (named && input.corpus.length) fail("TwoCorpora", "give either a corpus or the name of a kept one");
  if (input.learn && !named) fail("NameMissing", "learn needs the name of a kept corpus");
  if (input.id.length && !named) fail("NameMissing", "an id needs the name of a kept corpus");
}

function languageIn(input: Input): u32 {
  if (input.language == "auto") return detect(input.text.dataStart, input.text.length);
  const language = languageOf(input.language);
  if (language == NONE && input.language != "none") fail("UnknownLanguage", '"' + input.language + '" is not known');
  return language;
}

/** Counts in a kept corpus, and then learns. A call without tags needs no counts, and so conflicts with few others. */
function useKept(input: Input, terms: Terms, output: Output): void {
  const kept = new Kept(input.name, input.id, input.text, terms);
  if (input.limit > 0) kept.count();
  output.documents = kept.documents;
  if (input.learn) output.learned = kept.learn();
}

/** @returns the tags that say most, at most `limit` */
function choose(terms: Terms, documents: u32, limit: i32): Tag[] {
  const tags: Tag[] = [];
  const ranking = new Ranking(terms.table, documents);
  while (tags.length < limit) {
    const index = ranking.take();
    if (index < 0) break;
    const term = terms.table.entry(index);
    const tag = new Tag();
    tag.tag = new Utf8(term.text, term.size);
    tag.score = Math.round(ranking.score(index) * 1e4) / 1e4;
    tag.count = term.count;
    tag.documents = term.documents;
    tags.push(tag);
  }
  return tags;
}
