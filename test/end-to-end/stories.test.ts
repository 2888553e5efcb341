// Every story of examples/orc through POST /v1/runs, its services on algorithms: ours where we have one (gunzip, spell, eliza),
// else one that answers its input. Days and half hours are shortened, since the server's time is real.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { hear, show, shown, signal, sorted, start } from "../runs/started.ts";
import { invited } from "../support/invited.ts";
import type { Client } from "../support/client.ts";
import { testModule } from "../support/modules.ts";
import { ours } from "../support/ours.ts";
import { type System, startSystem } from "../support/server.ts";

const folder = join(import.meta.dirname, "../../examples/orc");
const textOf = (file: string): string => readFileSync(join(folder, file), "utf8");
const OURS = ["bytes/gunzip", "text/spell", "fun/eliza"];

let system: System;
let reader: Client;

beforeAll(async () => {
  const built = new Map(await Promise.all(OURS.map(async (name) => [name, await ours(name)] as const)));
  system = await startSystem();
  const { ada } = system;
  for (const owner of ["demo", "bytes", "text", "fun"]) {
    const author = await invited(ada, owner);
    if (owner === "demo")
      await author.publish("demo", { name: "echo", input: "json", output: "json" }, testModule("echo"));
    for (const [name, { manifest, module }] of built) {
      if (!name.startsWith(`${owner}/`)) continue;
      const answer = await author.upload(
        `/v1/algorithms/${name}/versions/${manifest.version}`,
        JSON.stringify(manifest),
        module,
      );
      expect(answer.status).toBe(201);
    }
  }
  reader = await invited(ada, "reader", 10_000_000_000);
});
afterAll(() => system.end());

const BOOK = "alice was begining to get very tired of siting by her sister";
const WORDS =
  "alice 9\nwas 9\nbeginning 8\nto 9\nget 9\nvery 9\ntired 5\nof 9\nsitting 5\nciting 2\nby 9\nher 9\nsister 5\n";

interface Story {
  readonly said: readonly (string | RegExp)[];
  /** Texts of the story that the test shortens. */
  readonly shortened?: readonly (readonly [string, string])[];
  readonly signals?: Readonly<Record<string, unknown>>;
}

/** What each story says, in any order. */
const STORIES: Readonly<Record<string, Story>> = {
  airlines: { said: ['"ticket of United for 280"'], shortened: [["5 * 60 * 1000", "5000"]] },
  bands: {
    said: [
      "calendar: The Clocks\n",
      "calendar: Zeitgeist\n",
      "mail to a friend: shall I buy a ticket for The Clocks?\n",
      "mail to a friend: shall I buy a ticket for Zeitgeist?\n",
      '"bought: The Clocks"',
      '"not bought: Zeitgeist (no answer)"',
    ],
    shortened: [["30 * 60 * 1000", "1500"]],
    signals: { "The Clocks": "yes" },
  },
  eliza: { said: ["> hello\n", /^[^>].*\n$/, "> I like Orc\n", /^[^>].*\n$/] },
  errors: {
    said: [
      /^Error: orc.error.runtime.ProgramSignalledError: the service is down/,
      /^\[\("Delta", 340\), \("nobody", 0\)/,
    ],
  },
  "five-books": { said: ['("begining", ["beginning"])', '("siting", ["sitting", "citing"])'] },
  "fork-join": { said: [/^\(\("answer of M", "answer of N"\), \d+\)$/, /^both are done at \d+\n$/] },
  "mail-loop": {
    said: [...[1, 2, 3, 4, 5, 6, 7].map((day) => `mail to misra: BBC of day ${day}\n`), "a week has passed\n"],
    shortened: [["24 * 60 * 60 * 1000", "400"]],
  },
  "mail-once": { said: ["mail to misra: BBC of day 1\n", "signal"] },
  "meta-search": { said: ['"orc (second engine)"'] },
  metronome: {
    said: [/^tick at \d+\n$/, /^tick at \d+\n$/, /^tick at \d+\n$/, "0", "1", "2", "3", "4"],
    shortened: [["unit = 1000", "unit = 50"]],
  },
  migration: { said: ["[32, 33, 35, 37, 39]\n", "[212, 213, 215]"] },
  "parallel-or": { said: [/^\(true, \d+\)$/, /^\(false, \d+\)$/] },
  primes: { said: ["2", "3", "5", "7", "11", "13", "17", "19", "23", "29"] },
  priority: {
    said: ['("hurried", "answer of N")', '("patient", "answer of M")'],
    shortened: [["prefer(1000)", "prefer(5000)"]],
  },
  tally: { said: [/^4 replies at \d+\n$/], shortened: [["tally(11,", "tally(5000,"]] },
  timeout: {
    said: ['("within one unit", 0)', '("within two", "answer of M")', /^\("delayed", "answer of N", \d+\)$/],
    shortened: [["2 * unit", "20 * unit"]],
  },
  "two-mails": { said: ["mail to misra: BBC of day 1\n", "signal", "mail to misra: CNN of day 1\n", "signal"] },
};

/** Stories that are told side by side. */
const LANES = 5;

test("every story is told", () => {
  const files = readdirSync(folder).filter((name) => name.endsWith(".orc"));
  expect(
    Object.keys(STORIES)
      .map((name) => `${name}.orc`)
      .sort((a, b) => (a < b ? -1 : 1)),
  ).toEqual(files.sort((a, b) => (a < b ? -1 : 1)));
});

async function told(name: string, { shortened = [], signals = {} }: Story): Promise<readonly (string | undefined)[]> {
  const program = shortened.reduce((text, [from, to]) => text.replaceAll(from, to), textOf(`${name}.orc`));
  const files = { "sites.inc": textOf("server/sites.inc") };
  const args = { book: gzipSync(BOOK).toString("base64"), words: WORDS };
  const { id } = await start(reader, { program, files, name, arguments: args });
  for (const [named, value] of Object.entries(signals)) await signal(reader, id, encodeURIComponent(named), value);
  const heard = await hear(reader, id);
  expect([name, heard.end.state]).toEqual([name, "halted"]);
  expect((await show(reader, id)).cost_microcredits).toBe(heard.end.cost_microcredits);
  return sorted(shown(heard));
}

test("on algorithms", async () => {
  const names = Object.keys(STORIES);
  const all: (readonly (string | undefined)[])[] = [];
  const lane = async (from: number): Promise<void> => {
    for (let at = from; at < names.length; at += LANES) {
      const name = names[at] ?? "";
      all[at] = await told(name, STORIES[name] ?? { said: [] });
    }
  };
  await Promise.all(Array.from({ length: LANES }, (_, from) => lane(from)));
  for (const [at, name] of names.entries()) {
    const rest = [...(all[at] ?? [])];
    for (const wanted of STORIES[name]?.said ?? []) {
      const place = rest.findIndex((text = "") => (typeof wanted === "string" ? text === wanted : wanted.test(text)));
      expect(place, `${name} says ${String(wanted)}, of ${JSON.stringify(all[at])}`).toBeGreaterThanOrEqual(0);
      rest.splice(place, 1);
    }
    expect([name, rest]).toEqual([name, []]);
  }
}, 60_000);
