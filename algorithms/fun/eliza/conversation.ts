// A conversation as the state keeps it: how often each rule was used, and what may be said later. As text: the version
// of the format and the number of rules, the turns, the sentences without a keyword, the counts, then a memory on each
// line.
import { fail, state } from "orcade";

/** Memories that are kept: the oldest go first. */
const MOST_MEMORIES: i32 = 10;
const VERSION: string = "1";

@final
export class Conversation {
  turns: i32 = 0;
  /** Sentences in which no keyword was found. */
  blanks: i32 = 0;
  readonly counts: StaticArray<i32>;
  memories: string[] = [];
  private readonly key: string;

  constructor(name: string, rules: i32, restart: bool) {
    this.key = "conversation/" + name;
    this.counts = new StaticArray<i32>(rules);
    if (!restart) {
      const kept = state.getString(this.key);
      if (kept !== null) this.read(kept);
    }
  }

  private read(kept: string): void {
    const lines = kept.split("\n");
    const counts = lines.length > 3 ? lines[3].split(" ") : [];
    if (lines[0] != VERSION + " " + this.counts.length.toString() || counts.length != this.counts.length) {
      fail("StateUnreadable", "the conversation was kept by another version: begin again with restart");
    }
    this.turns = I32.parseInt(lines[1]);
    this.blanks = I32.parseInt(lines[2]);
    for (let i = 0; i < counts.length; i++) unchecked(this.counts[i] = I32.parseInt(counts[i]));
    for (let i = 4; i < lines.length; i++) this.memories.push(lines[i]);
  }

  remember(text: string): void {
    if (this.memories.includes(text)) return;
    if (this.memories.length == MOST_MEMORIES) this.memories.shift();
    this.memories.push(text);
  }

  keep(): void {
    const head = [VERSION + " " + this.counts.length.toString(), this.turns.toString(), this.blanks.toString()];
    const counts: string[] = [];
    for (let i = 0; i < this.counts.length; i++) counts.push(unchecked(this.counts[i]).toString());
    state.putString(this.key, head.concat([counts.join(" ")]).concat(this.memories).join("\n"));
  }

  /** Forgets it all. */
  end(): void {
    state.delete(this.key);
  }
}
