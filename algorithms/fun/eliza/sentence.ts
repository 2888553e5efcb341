// What was said, as the clause that is answered: its words, in lower case and as they were written.
import { Key, Rules } from "./rules";

/** Words of a clause that are looked at. */
const MOST_WORDS: i32 = 50;

@final
export class Clause {
  /** In lower case, to be compared. */
  readonly words: string[] = [];
  /** As they were written. */
  readonly written: string[] = [];
  /** Its keywords, those of higher rank first. */
  readonly keys: Key[] = [];

  get isFull(): bool {
    return this.words.length >= MOST_WORDS;
  }

  add(word: string, written: string, rules: Rules): void {
    this.words.push(word);
    this.written.push(written);
    if (word == "*" || !rules.keys.has(word)) return;
    const key = rules.keys.get(word);
    if (this.keys.includes(key)) return;
    let place = this.keys.length;
    while (place > 0 && this.keys[place - 1].rank < key.rank) place--;
    this.keys.push(key);
    for (let i = this.keys.length - 1; i > place; i--) this.keys[i] = this.keys[i - 1];
    this.keys[place] = key;
  }
}

/** @returns the first clause with a keyword; without one, the last that has words */
export function clauseOf(text: string, rules: Rules): Clause {
  let clause = new Clause();
  let last = clause;
  let start = 0;
  for (let at = 0; at <= text.length; at++) {
    const unit = at < text.length ? <u32>text.charCodeAt(at) : 0x0a;
    if (isOfWord(unit)) continue;
    if (at > start && addWord(clause, text.slice(start, at), rules)) {
      if (clause.keys.length) return clause;
      if (clause.words.length) last = clause;
      clause = new Clause();
    }
    start = at + 1;
    if (!endsClause(unit) || !clause.words.length) continue;
    if (clause.keys.length) return clause;
    last = clause;
    clause = new Clause();
  }
  return last;
}

/** Adds a word as the script reads it. @returns whether it ends a clause: "but" does */
function addWord(clause: Clause, written: string, rules: Rules): bool {
  const straight = written.replaceAll("\u2019", "'");
  const word = lower(straight);
  if (word == "but") return true;
  if (clause.isFull) return false;
  if (!rules.before.has(word)) {
    clause.add(word, straight, rules);
    return false;
  }
  const words = rules.before.get(word);
  for (let i = 0; i < words.length; i++) clause.add(words[i], words[i], rules);
  return false;
}

/** Small letters of ASCII: the script has no others. */
function lower(text: string): string {
  let changed = "";
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit - 0x41 >= 26 || unit < 0x41) continue;
    changed += text.slice(from, i) + String.fromCharCode(unit + 32);
    from = i + 1;
  }
  return from ? changed + text.slice(from) : text;
}

/** Whether a UTF-16 unit is part of a word: letters and digits of any script, apostrophes, hyphens. */
function isOfWord(unit: u32): bool {
  if (unit < 0x80) return unit - 0x30 < 10 || (unit | 0x20) - 0x61 < 26 || unit == 0x27 || unit == 0x2d;
  if (unit == 0x2019) return true;
  // Latin-1's signs, general punctuation, that of Chinese and Japanese.
  return !(unit < 0xc0 || unit - 0x2000 < 0x70 || unit - 0x3000 < 0x20 || unit - 0xff00 < 0x10 || unit == 0xff1f);
}

function endsClause(unit: u32): bool {
  const isQuote = unit == 0x22 || unit == 0x201c || unit == 0x201d;
  return !isQuote && unit != 0x20 && unit != 9 && unit != 0xa0 && unit != 0x3000;
}
