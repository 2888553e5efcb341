// The script as rules.
import { SCRIPT } from "./script";

/** A pattern with what may be answered. */
@final
export class Rule {
  /** What each part of the pattern is: "*", a word, or words of which it is one. */
  readonly parts: string[][] = [];
  readonly replies: string[] = [];
  readonly memories: string[] = [];

  constructor(
    /** Its place in the script, by which the conversation counts how often it was used. */
    readonly number: i32,
    pattern: string,
  ) {
    const parts = pattern.split(" ");
    for (let i = 0; i < parts.length; i++) this.parts.push(parts[i].split("|"));
  }
}

@final
export class Key {
  readonly rules: Rule[] = [];

  constructor(
    readonly word: string,
    readonly rank: i32,
  ) {}
}

@final
export class Rules {
  readonly keys: Map<string, Key> = new Map<string, Key>();
  /** Words by what they are read as, and by what is said back for them. */
  readonly before: Map<string, string[]> = new Map<string, string[]>();
  readonly after: Map<string, string> = new Map<string, string>();
  /** How many rules there are. */
  count: i32 = 0;

  constructor() {
    const lines = SCRIPT.split("\n");
    let key = new Key("", 0);
    for (let i = 0; i < lines.length; i++) {
      const line = lines[i];
      const space = line.indexOf(" ");
      const name = space < 0 ? line : line.slice(0, space);
      const rest = line.slice(name.length + 1);
      if (name == "key") {
        key = this.addKey(rest);
      } else if (name == "if") key.rules.push(new Rule(this.count++, rest));
      else this.addTo(key, name, rest);
    }
  }

  private addKey(text: string): Key {
    const words = text.split(" ");
    const key = new Key(words[0], I32.parseInt(words[1]));
    this.keys.set(key.word, key);
    return key;
  }

  private addTo(key: Key, name: string, rest: string): void {
    const space = rest.indexOf(" ");
    if (name == "pre") this.before.set(rest.slice(0, space), rest.slice(space + 1).split(" "));
    else if (name == "post") this.after.set(rest.slice(0, space), rest.slice(space + 1));
    else if (key.rules.length) {
      const rule = key.rules[key.rules.length - 1];
      if (name == "remember") rule.memories.push(rest);
      else if (name == "say") rule.replies.push(rest);
      else if (name == "like") rule.replies.push("=" + rest);
      else if (name == "other") rule.replies.push("");
    }
  }
}
