// Eliza: answers what is said by keywords and their rules, and keeps the conversation. The same conversation goes the
// same way: nothing is left to chance. Nothing that a call takes of memory is given back.
// orcade: runtime=stub
import { fail } from "orcade";
import { Conversation } from "./conversation";
import { match } from "./match";
import { Key, Rule, Rules } from "./rules";
import { Clause, clauseOf } from "./sentence";

/** Characters of what is said. */
const LONGEST: i32 = 2000;
/** Keywords that one may lead to another. */
const MOST_LINKS: i32 = 8;
const GOODBYE: string = "goodbye";

class Input {
  /** What is said; empty to be greeted.
   * @maxLength 2000 */
  text: string;
  /** The conversation: letters, digits, ".", "_" and "-".
   * @minLength 1
   * @maxLength 64 */
  name: string = "main";
  /** Whether to begin it again. */
  restart: bool = false;
}

class Output {
  /** What Eliza says. */
  reply: string = "";
  /** How often something was said in this conversation. */
  turn: i32 = 0;
  /** Whether the conversation has ended: the next one begins anew. */
  ended: bool = false;
}

export function apply(input: Input): Output {
  check(input);
  const rules = new Rules();
  const conversation = new Conversation(input.name, rules.count, input.restart);
  const clause = clauseOf(input.text.length ? input.text : "hello", rules);
  conversation.turns++;
  const output = new Output();
  output.turn = conversation.turns;
  output.reply = new Answer(rules, conversation, clause).find();
  output.ended = clause.keys.length > 0 && clause.keys[0].word == GOODBYE;
  if (output.ended) conversation.end();
  else conversation.keep();
  return output;
}

function check(input: Input): void {
  if (input.text.length > LONGEST) fail("TextTooLong", "say less than 2,000 characters at once");
  const name = input.name;
  let good = name.length > 0 && name.length <= 64;
  for (let i = 0; i < name.length && good; i++) {
    const unit = <u32>name.charCodeAt(i);
    const isWord = unit - 0x30 < 10 || (unit | 0x20) - 0x61 < 26;
    good = isWord || (i > 0 && (unit == 0x2e || unit == 0x5f || unit == 0x2d));
  }
  if (!good) fail("BadName", "a name is 1 to 64 letters, digits, and after the first also . _ -");
}

/** The answer to one clause. */
@final
class Answer {
  constructor(
    private readonly rules: Rules,
    private readonly conversation: Conversation,
    private readonly clause: Clause,
  ) {}

  /** By its keywords; without one by what was said before, every second time; else by nothing in particular. */
  find(): string {
    const keys = this.clause.keys;
    if (keys.length) this.rememberBy(keys[0]);
    for (let i = 0; i < keys.length; i++) {
      const reply = this.byKey(keys[i], MOST_LINKS);
      if (reply.length) return reply;
    }
    const conversation = this.conversation;
    conversation.blanks++;
    if (!(conversation.blanks & 1) && conversation.memories.length) return conversation.memories.shift();
    return this.byKey(this.rules.keys.get("*"), 0);
  }

  /** Notes what may be said later. */
  private rememberBy(key: Key): void {
    for (let i = 0; i < key.rules.length; i++) {
      const rule = key.rules[i];
      const bounds = match(rule.parts, this.clause.words);
      if (bounds === null) continue;
      if (!rule.memories.length) return;
      const used = unchecked(this.conversation.counts[rule.number]);
      this.conversation.remember(this.assemble(rule.memories[used % rule.memories.length], bounds));
      return;
    }
  }

  /** The next answer of the first rule that fits; empty when there is none. */
  private byKey(key: Key, links: i32): string {
    for (let i = 0; i < key.rules.length; i++) {
      const rule = key.rules[i];
      const bounds = match(rule.parts, this.clause.words);
      if (bounds === null) continue;
      const reply = this.nextOf(rule);
      if (!reply.startsWith("=")) return this.assemble(reply, bounds);
      const other = reply.slice(1);
      return links && this.rules.keys.has(other) ? this.byKey(this.rules.keys.get(other), links - 1) : "";
    }
    return "";
  }

  private nextOf(rule: Rule): string {
    const used = unchecked(this.conversation.counts[rule.number]);
    unchecked(this.conversation.counts[rule.number] = (used + 1) % rule.replies.length);
    return rule.replies[used % rule.replies.length];
  }

  /** Puts what parts stand for into an answer. */
  private assemble(reply: string, bounds: StaticArray<i32>): string {
    let text = "";
    let from = 0;
    for (let at = reply.indexOf("$"); at >= 0; at = reply.indexOf("$", from)) {
      const part = <i32>reply.charCodeAt(at + 1) - 0x31;
      text += reply.slice(from, at) + this.saidBack(unchecked(bounds[part]), unchecked(bounds[part + 1]));
      from = at + 2;
    }
    return tidied(text + reply.slice(from));
  }

  /** Words of the clause as the other one says them: "my" is "your". */
  private saidBack(first: i32, end: i32): string {
    const words: string[] = [];
    for (let i = first; i < end; i++) {
      const word = this.clause.words[i];
      words.push(this.rules.after.has(word) ? this.rules.after.get(word) : this.clause.written[i]);
    }
    return words.join(" ");
  }
}

/** An answer with a capital, and without the space that a part for no words leaves. */
function tidied(text: string): string {
  let tidy = text.replaceAll("  ", " ").replaceAll(" ?", "?").replaceAll(" .", ".").replaceAll(" ,", ",");
  const first = tidy.charCodeAt(0);
  if (first >= 0x61 && first <= 0x7a) tidy = String.fromCharCode(first - 32) + tidy.slice(1);
  return tidy;
}
