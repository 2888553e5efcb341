// The words of a text that a dictionary does not have, each with the nearest words that it has. Nothing that a call
// takes of memory is given back.
// orcade: runtime=stub
import { fail, Utf8 } from "orcade";
import { Dictionary } from "./dictionary";
import { Doubtful, Doubts } from "./doubts";
import { Variants } from "./variants";

class Input {
  /** The text; empty to keep a dictionary only. */
  text: Utf8 = new Utf8();
  /** The dictionary: a word on each line, and after white space how frequent it is, if that is known. */
  dictionary: Utf8 = new Utf8();
  /** Instead, or to keep it: the name of a kept dictionary, letters, digits, ".", "_" and "-".
   * @maxLength 64 */
  name: string = "";
  /** Whether to keep the dictionary under the name, in the place of what was kept. */
  keep: bool = false;
  /** The most suggestions for each word.
   * @minimum 0
   * @maximum 20 */
  limit: i32 = 5;
  /** The largest distance of a suggestion.
   * @minimum 1
   * @maximum 2 */
  distance: i32 = 2;
}

class Suggestion {
  /** The word, as the dictionary writes it. */
  word: Utf8 = new Utf8();
  /** Letters that are wrong, missing, too many, or exchanged with their neighbour. */
  distance: i32 = 0;
  /** How frequent the dictionary says it is. */
  frequency: f64 = 0;
}

class Doubt {
  /** The word of the text, in lower case. */
  word: Utf8 = new Utf8();
  /** How often it occurs. */
  count: i32 = 0;
  /** The nearest words, then the most frequent, then in the dictionary's order. */
  suggestions: Suggestion[] = [];
}

class Output {
  /** The words that the dictionary does not have, in the order of the text. */
  doubtful: Doubt[] = [];
  /** Words of the text that were looked up. */
  words: i32 = 0;
  /** Words of the dictionary. */
  dictionary: i32 = 0;
}

export function apply(input: Input): Output {
  const dictionary = new Dictionary(input.dictionary, input.name, input.keep);
  const doubts = new Doubts(input.text.dataStart, input.text.length);
  const output = new Output();
  output.words = doubts.words;
  while (dictionary.next()) doubts.strike(dictionary.start, dictionary.size);
  output.dictionary = dictionary.words;
  const variants = new Variants(doubts, input.distance, input.limit);
  if (variants.any) {
    dictionary.restart();
    while (dictionary.next()) variants.offer(dictionary);
  }
  for (let i = 0; i < doubts.count; i++) {
    const doubtful = doubts.at(i);
    if (!doubtful.known) output.doubtful.push(reportOf(doubtful));
  }
  return output;
}

function reportOf(doubtful: Doubtful): Doubt {
  const doubt = new Doubt();
  doubt.word = new Utf8(doubtful.text, <i32>doubtful.size);
  doubt.count = doubtful.count;
  for (let i = 0; i < doubtful.suggestions.length; i++) {
    const found = unchecked(doubtful.suggestions[i]);
    const suggestion = new Suggestion();
    suggestion.word = new Utf8(found.start, <i32>found.size);
    suggestion.distance = found.distance;
    suggestion.frequency = found.frequency;
    doubt.suggestions.push(suggestion);
  }
  return doubt;
}
