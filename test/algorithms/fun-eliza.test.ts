// fun/eliza: a conversation as its README shows it, what it keeps, and every kind of sentence.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { LIMITS } from "../../worker/limits.ts";
import { type Built, built, folderOf } from "./support.ts";
import { runs } from "../support/torture.ts";

interface Output {
  readonly reply: string;
  readonly turn: number;
  readonly ended: boolean;
}
type State = Map<string, Uint8Array>;

let eliza: Built<Output>;
beforeAll(async () => {
  eliza = await built<Output>("fun/eliza");
});
const say = (text: string, state: State, name = "main"): string => eliza.call({ text, name }, { state }).reply;

it("talks as its README shows", () => {
  const readme = readFileSync(join(folderOf("fun/eliza"), "README.md"), "utf8");
  const talk = /```text\n([^]*?)```/.exec(readme)?.[1] ?? "";
  const lines = talk.trim().split("\n");
  const state: State = new Map();
  const heard = lines.map((line) => (line.startsWith("> ") ? line : ""));
  const answers = lines.filter((line) => line.startsWith("> ")).map((line) => say(line.slice(2), state));
  expect(heard.flatMap((line) => (line === "" ? [] : [line, answers.shift()]))).toEqual(lines);
  expect(lines.length).toBeGreaterThan(12);
});

it("answers its sample", () => {
  const manifest = readFileSync(join(folderOf("fun/eliza"), "algorithm.json"), "utf8");
  const { sample } = JSON.parse(manifest) as { sample: unknown };
  expect(eliza.call(sample)).toEqual({ reply: "Tell me more about your family.", turn: 1, ended: false });
});

describe("a conversation", () => {
  const sentences = [
    "hello",
    "my boat is sinking",
    "yes",
    "hm",
    "hm",
    "I need help",
    "my boat is old",
    "hm",
    "hm",
    "why?",
  ];

  it("goes the same way each time, and others beside it do not disturb it", () => {
    const alone: State = new Map();
    const wanted = sentences.map((text) => say(text, alone));
    const mixed: State = new Map();
    const found = sentences.map((text, i) => {
      say(sentences[(i * 7) % sentences.length] ?? "", mixed, "other");
      return say(text, mixed);
    });
    expect(found).toEqual(wanted);
    expect([...mixed.keys()].sort()).toEqual(["conversation/main", "conversation/other"]);
  });

  it("comes back to what was said, once, when nothing else fits", () => {
    const state: State = new Map();
    say("my boat is sinking", state);
    const replies = ["hm", "hm", "hm", "hm"].map((text) => say(text, state));
    expect(replies.filter((reply) => reply.includes("your boat is sinking"))).toEqual([
      "Let us come back to your boat is sinking.",
    ]);
  });

  it("takes the answers of a rule in turn", () => {
    const state: State = new Map();
    const replies = [1, 2, 3, 4, 5].map(() => say("yes", state));
    expect(new Set(replies).size).toBe(3);
    expect(replies[3]).toBe(replies[0]);
    expect(replies[4]).toBe(replies[1]);
  });

  it("ends with goodbye and can be begun again", () => {
    const state: State = new Map();
    say("yes", state);
    expect(eliza.call({ text: "Goodbye, Eliza" }, { state })).toMatchObject({ turn: 2, ended: true });
    expect(state.size).toBe(0);
    expect(eliza.call({ text: "yes" }, { state }).turn).toBe(1);
    expect(eliza.call({ text: "yes" }, { state }).turn).toBe(2);
    expect(eliza.call({ text: "yes", restart: true }, { state }).turn).toBe(1);
  });

  it("keeps little, however long it lasts", () => {
    const state: State = new Map();
    for (let i = 0; i < 200; i++) say(`my ${"é".repeat(1900)}${i} is far away`, state);
    for (const value of state.values()) expect(value.length).toBeLessThan(LIMITS.stateValueBytes / 10);
  });
});

it("whatever is said is answered, with no part of a rule left in it", () => {
  const state: State = new Map();
  const word = fc.constantFrom(
    ..."i you my your me am are was mother sad want can't don't remember if what why because computer but always * $1 = é 東京 ' - , . ? ! \n".split(
      " ",
    ),
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 40 }), fc.string({ unit: "binary", maxLength: 5 }), (words, other) => {
      const reply = say([...words, other].join(" "), state);
      expect(reply.length).toBeGreaterThan(3);
      expect(reply.startsWith("=")).toBe(false);
      expect(reply).not.toMatch(/ {2}| [?.,]$/);
    }),
    runs(300),
  );
});

describe("limits", () => {
  it("2,000 characters, 50 words of a clause, names of 64", () => {
    expect(eliza.call({ text: "x".repeat(2000) }).turn).toBe(1);
    expect(eliza.failure({ text: "x".repeat(2001) })).toBe("TextTooLong");
    expect(eliza.call({ text: `I want ${"a ".repeat(900)}` }).reply).toBe(
      `What would it mean to you to get ${"a ".repeat(48).trim()}?`,
    );
    expect(eliza.call({ text: "x", name: "n".repeat(64) }).turn).toBe(1);
    expect(eliza.failure({ text: "x", name: "n".repeat(65) })).toBe("BadName");
  });
});
