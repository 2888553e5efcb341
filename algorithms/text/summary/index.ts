// The sentences that say most of a text, by their ranks in the graph of what they have in common. Nothing that a call
// takes of memory is given back.
// orcade: runtime=stub
import { fail, Utf8 } from "orcade";
import { detect, languageOf, NONE, nameOf } from "../tags/language";
import { choose } from "./choice";
import { Matrix } from "./matrix";
import { rank } from "./rank";
import { Sentences } from "./sentences";

class Input {
  /** The text. */
  text: Utf8;
  /** How many sentences are wanted.
   * @minimum 1
   * @maximum 100 */
  sentences: i32 = 3;
  /** Whether each line end ends a sentence: not in text that was broken to fit a width. Empty lines always do. */
  lines: bool = false;
  /** The language, which decides about words that say nothing and about abbreviations; auto finds out.
   * @enum auto none en de fr es it pt nl sv */
  language: string = "auto";
}

class Sentence {
  /** The sentence, on one line. */
  text: Utf8 = new Utf8();
  /** Its place by score among those sentences of the text that differ, from 1. */
  rank: i32 = 0;
  /** Its score; that of the average sentence is 1. */
  score: f64 = 0;
  /** Its place in the text, from 0. */
  position: i32 = 0;
}

class Output {
  /** The sentences, in the order of the text. */
  sentences: Sentence[] = [];
  /** Sentences of the text. */
  total: i32 = 0;
  /** The language it was taken for. */
  language: string = "";
}

export function apply(input: Input): Output {
  const language = languageIn(input);
  const reader = new Sentences(input.text.dataStart, input.text.length, language, input.lines);
  const matrix = new Matrix(input.text.length, language);
  while (reader.next()) matrix.add(reader.start, reader.end);
  matrix.weigh();
  const chosen = choose(matrix, rank(matrix), input.sentences);
  const output = new Output();
  output.total = matrix.count;
  output.language = nameOf(language);
  for (let i = 0; i < chosen.length; i++) {
    const choice = unchecked(chosen[i]);
    const sentence = new Sentence();
    sentence.text = matrix.text(choice.position);
    sentence.rank = choice.rank;
    sentence.score = choice.score;
    sentence.position = choice.position;
    output.sentences.push(sentence);
  }
  return output;
}

function languageIn(input: Input): u32 {
  if (input.language == "auto") return detect(input.text.dataStart, input.text.length);
  const language = languageOf(input.language);
  if (language == NONE && input.language != "none") fail("UnknownLanguage", '"' + input.language + '" is not known');
  return language;
}
