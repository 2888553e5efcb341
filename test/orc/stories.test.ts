// The stories of orchestration, as programs under examples/orc: as they stand, with the placeholders of sites.inc, and with sites from
// outside in their place that are late, silent, doubled or wrong.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { compile, type Program, SimulatedClock, type SitePort } from "../../worker/orc/index.ts";
import { listOf, SIGNAL, Tuple, type Value } from "../../worker/orc/values/kinds.ts";
import { parseCases, plain, type Said, sayProgram } from "./harness.ts";

const folder = join(import.meta.dirname, "../../examples/orc");
const textOf = (file: string): string => readFileSync(join(folder, file), "utf8");

/** @param sites the text that stands for sites.inc @param ports names of sites outside that it imports */
function story(file: string, sites = textOf("sites.inc"), ports: readonly string[] = []): Program {
  const compiled = compile(textOf(file), { resolve: (name) => ({ name, text: sites }), sites: new Set(ports) });
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.diagnostics));
  return compiled.program;
}

describe("as they stand", () => {
  const cases = parseCases(readFileSync(join(import.meta.dirname, "stories.txt"), "utf8"));
  test.each(cases.map((each) => [each.title, each.expected] as const))("%s", async (file, expected) => {
    const { lines, end } = await sayProgram(story(file));
    expect({ lines, end }).toEqual({ lines: expected, end: "halted" });
  });

  test("every example is among them", () => {
    const files = readdirSync(folder).filter((name) => name.endsWith(".orc"));
    expect(cases.map(({ title }) => title)).toEqual(files.sort());
  });
});

/** How a site outside behaves: what it answers, after how long. */
type Behaviour = (clock: SimulatedClock, args: readonly Value[]) => { readonly at: number; readonly answer: Value }[];

const after =
  (at: number, answer: Value): Behaviour =>
  () => [{ at, answer }];
const silent: Behaviour = () => [];
const twice =
  (at: number, answer: Value): Behaviour =>
  () => [
    { at, answer },
    { at: at + 1, answer: "again" },
  ];

/** The story with sites outside in place of its placeholders; Mail, Buy and Notify write down what they are told. */
async function played(
  file: string,
  behaviours: Readonly<Record<string, Behaviour>>,
): Promise<Said & { told: string[] }> {
  const clock = new SimulatedClock();
  const told: string[] = [];
  const sites: Record<string, SitePort> = {};
  for (const [name, behaviour] of Object.entries(behaviours)) {
    sites[name] = (args, call) => {
      for (const { at, answer } of behaviour(clock, args)) clock.after(at, () => call.answer(answer));
    };
  }
  for (const name of ["Mail", "Buy", "Notify"]) {
    sites[name] ??= (args, call) => {
      told.push([name, ...args.map(plain)].join(" "));
      call.answer(SIGNAL);
    };
  }
  const imports = Object.keys(sites).map((name) => `import site ${name} = "${name}"`);
  // A site that never answers keeps its caller waiting for ever: after a day somebody ends the run.
  const day = new AbortController();
  clock.after(24 * 60 * 60 * 1000, () => day.abort());
  const program = story(file, imports.join("\n"), Object.keys(sites));
  const said = await sayProgram(program, { clock, sites, signal: day.signal });
  return { ...said, told };
}

describe("sites that are late, silent, doubled or wrong", () => {
  test("meta-search: one engine is silent", async () => {
    const { lines } = await played("meta-search.orc", { Google: silent, Bing: after(500, listOf(["late line"])) });
    expect(lines).toEqual(['"late line"']);
  });

  test("meta-search: the first answer is of another shape", async () => {
    const { lines } = await played("meta-search.orc", { Google: after(1, "no list"), Bing: after(2, listOf(["x"])) });
    expect(lines).toEqual([]);
  });

  test("mail once: both answer at the same moment, and twice: one mail", async () => {
    const { told } = await played("mail-once.orc", { CNN: twice(5, "CNN"), BBC: twice(5, "BBC") });
    expect(told).toEqual(["Mail misra CNN"]);
  });

  test("two mails: one answers twice, one never: one mail", async () => {
    const { told, end } = await played("two-mails.orc", { CNN: twice(5, "CNN"), BBC: after(9, "BBC") });
    expect({ told, end }).toEqual({ told: ["Mail misra CNN", "Mail misra BBC"], end: "halted" });
    const silence = await played("two-mails.orc", { CNN: twice(5, "CNN"), BBC: silent });
    expect(silence.told).toEqual(["Mail misra CNN"]);
  });

  test("primes: a site that answers late gives them in its own order", async () => {
    const prime: Behaviour = (_, [n]) =>
      [2, 3, 5, 7, 11, 13, 17, 19, 23, 29].includes(Number(n)) ? [{ at: 40 - Number(n), answer: n ?? null }] : [];
    const { lines } = await played("primes.orc", { prime });
    expect(lines.map(Number).sort((a, b) => a - b)).toEqual([2, 3, 5, 7, 11, 13, 17, 19, 23, 29]);
  });

  test("timeout: M never answers", async () => {
    const { lines } = await played("timeout.orc", { M: silent, N: after(900, "N") });
    expect(lines).toEqual(['("within one unit", 0)', '("delayed", "N", 900)', '("within two", 0)']);
  });

  test("tally: who is late does not count", async () => {
    const { lines } = await played("tally.orc", {
      Invite: (_, [name]) => [{ at: plain(name) === "ann" ? 50 : 5, answer: name ?? null }],
    });
    expect(lines).toEqual(["5 replies at 11"]);
  });

  test("priority: whoever answers when M is late", async () => {
    const { lines } = await played("priority.orc", { M: after(2000, "M"), N: after(1500, "N") });
    expect([...lines].sort()).toEqual(['("hurried", "N")', '("patient", "N")']);
  });

  const airlines = (delta: Behaviour, united: Behaviour) => played("airlines.orc", { Delta: delta, United: united });

  test("airlines: a cheap quote is bought at once, whatever the other does", async () => {
    expect((await airlines(after(10, 290), silent)).told).toEqual(["Buy Delta 290"]);
  });
  test("airlines: both above: the cheaper", async () => {
    expect((await airlines(after(10, 390), after(5000, 350))).told).toEqual(["Buy United 350"]);
  });
  test("airlines: one silent for five minutes: the other", async () => {
    expect((await airlines(after(10, 390), silent)).told).toEqual(["Buy Delta 390"]);
    expect((await airlines(silent, after(299_999, 500))).told).toEqual(["Buy United 500"]);
  });
  test("airlines: neither answers: somebody is told", async () => {
    expect((await airlines(silent, silent)).told).toEqual(["Notify no airline answered"]);
  });
  test("airlines: a quote that is no number is no quote", async () => {
    expect((await airlines(after(10, "sold out"), after(20, 250))).told).toEqual(["Buy United 250"]);
  });
  test("airlines: doubled quotes buy one ticket", async () => {
    expect((await airlines(twice(10, 290), twice(10, 280))).told).toEqual(["Buy Delta 290"]);
  });

  const book = { Titles: after(1, listOf(["A"])), Choose: after(1, "A"), Fetch: after(1, "packed") };
  const spell: Behaviour = (_, [word]) => (word === "teh" ? [{ at: 1, answer: listOf(["the"]) }] : []);

  test("five books: a silent speller holds up nobody else", async () => {
    const { lines } = await played("five-books.orc", { ...book, Decompress: after(1, "teh cat"), Spell: spell });
    expect(lines).toEqual(['("teh", ["the"])']);
  });
  test("five books: of a long text the first thousand words", async () => {
    let asked = 0;
    const Spell: Behaviour = () => {
      asked++;
      return [];
    };
    await played("five-books.orc", { ...book, Decompress: after(1, "word ".repeat(1_500)), Spell });
    expect(asked).toBe(1_000);
  });
  test("five books: a text that is none", async () => {
    const { lines } = await played("five-books.orc", { ...book, Decompress: after(1, 3), Spell: spell });
    expect(lines[0]).toMatch(/^Error: orc.error.runtime.ArgumentTypeMismatchException/);
  });

  const bands = { Concerts: after(1, listOf(["A"])), Calendar: after(1, SIGNAL) };

  test("bands: the answer comes in time, too late, twice", async () => {
    const minutes = (n: number) => n * 60_000;
    const said = async (Reply: Behaviour) => (await played("bands.orc", { ...bands, Reply })).lines;
    expect(await said(after(minutes(29), "yes"))).toEqual(['"bought: A"']);
    expect(await said(after(minutes(31), "yes"))).toEqual(['"not bought: A (no answer)"']);
    expect(await said(twice(minutes(1), "no"))).toEqual(['"not bought: A (no)"']);
  });

  test("eliza: a partner who falls silent", async () => {
    const Hear: Behaviour = (_, [n]) => (Number(n) < 2 ? [{ at: 1, answer: `line ${plain(n)}` }] : []);
    const Talk: Behaviour = (_, [text]) => [{ at: 5, answer: `about ${plain(text)}` }];
    const { lines } = await played("eliza.orc", { Hear, Talk });
    expect(lines).toEqual(["> line 0", "about line 0", "> line 1", "about line 1"]);
  });

  test("migration: the service moves while the program runs", async () => {
    let calls = 0;
    const Convert: Behaviour = (_, [celsius]) => [{ at: calls++ < 5 ? 400 : 0, answer: Number(celsius) * 2 }];
    const { lines } = await played("migration.orc", { Convert });
    expect(lines).toEqual(["[0, 2, 4, 6, 8]", "[200, 202, 204]"]);
  });

  test("parallel or: one side never answers, the other says true", async () => {
    const { lines } = await played("parallel-or.orc", { Door: silent, Window: after(10, true) });
    expect(lines).toEqual(["(true, 10)"]);
  });

  test("fork-join: a site that never answers keeps the pair from being", async () => {
    const { lines } = await played("fork-join.orc", { M: silent, N: after(1, new Tuple([1, 2])) });
    expect(lines).toEqual([]);
  });
});
