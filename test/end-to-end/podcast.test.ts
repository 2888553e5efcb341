// examples/podcast as its page tells it, through the command line; and an archive of many episodes, of which some cannot be read.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CHECKOUT } from "../../cli/io.ts";
import { orcade } from "../cli/harness.ts";
import { hear, show, start } from "../runs/started.ts";
import { invited } from "../support/invited.ts";
import type { Client } from "../support/client.ts";
import { ours } from "../support/ours.ts";
import { type System, startSystem } from "../support/server.ts";

const FOLDER = join(CHECKOUT, "examples", "podcast");
let system: System;
let reader: Client;

beforeAll(async () => {
  const { manifest, module } = await ours("text/tags");
  system = await startSystem();
  const text = await invited(system.ada, "text");
  const answer = await text.upload("/v1/algorithms/text/tags/versions/1.0.0", JSON.stringify(manifest), module);
  expect(answer.status).toBe(201);
  reader = await invited(system.ada, "reader", 1_000_000_000);
});
afterAll(() => system.end());

/** The lines of the page's shell, each as words. */
function shell(page: string): string[][] {
  const [, text = ""] = /```sh\n([^]*?)```/.exec(page) ?? [];
  const lines = text.replaceAll("\\\n", " ").trim().split("\n");
  return lines.map((line) => Array.from(line.matchAll(/'([^']*)'|(\S+)/g), ([, quoted, word]) => quoted ?? word ?? ""));
}

test("the page's lines run, and answer what it shows", async () => {
  const page = readFileSync(join(FOLDER, "README.md"), "utf8");
  const [, shown = ""] = /```\n(\(.*\))\n```/.exec(page) ?? [];
  const env = { ORCADE_ADDRESS: system.server.url, ORCADE_API_KEY: reader.key };
  let run = "";
  const said: string[] = [];
  for (const [npx, command, ...words] of shell(page)) {
    expect([npx, command]).toEqual(["npx", "orcade"]);
    const ran = await orcade(
      words.map((word) => (word === "RUN" ? run : word)),
      { cwd: CHECKOUT, env },
    );
    expect([words.join(" "), ran.code, ran.stderr]).toEqual([words.join(" "), 0, expect.any(String)]);
    run = /run-[0-9a-f-]+/.exec(ran.stdout)?.[0] ?? run;
    said.push(ran.stdout);
  }
  expect(said[2]?.trim().split("\n")).toHaveLength(4);
  expect(said[2]).toContain(shown);
  expect(JSON.parse(said[3] ?? "")).toEqual(JSON.parse(/\[.*\]/.exec(shown)?.[0] ?? "0"));
}, 60_000);

const EPISODES = 60;
const name = (n: number): string => `${String(n).padStart(4, "0")}.txt`;
/** Words that only one episode has, more often than "computer", which all have. */
const special = (n: number): string => `topic${String.fromCharCode(97 + Math.floor(n / 26), 97 + (n % 26))}`;
const transcript = (n: number): string =>
  `Welcome to the software hour. The computer of the day. ${`Our guest explains ${special(n)} with a computer. `.repeat(20)}`;

test("a long archive: what all say sinks, what one says rises; what cannot be read is reported; the bill is the sum", async () => {
  await reader.post("/v1/data/.my", { name: "archive" });
  const put = async (file: string, body: string | Uint8Array): Promise<void> => {
    const headers = { Authorization: `Simple ${reader.key}` };
    const answer = await system.fetch(`/v1/data/.my/archive/${file}`, {
      method: "PUT",
      headers,
      body: body as BodyInit,
    });
    expect(answer.status).toBe(200);
  };
  await Promise.all(Array.from({ length: EPISODES }, (_, n) => put(name(n), transcript(n))));
  await put("9999.txt", Uint8Array.of(0xff, 0xfe, 0));
  await put("cover.png", Uint8Array.of(0x89, 0x50));
  const program = readFileSync(join(FOLDER, "label.orc"), "utf8");
  const { id } = await start(reader, {
    program,
    arguments: { shelf: "data://.my/archive", name: "archive", limit: 3 },
  });
  const { said, end } = await hear(reader, id);
  expect(end).toMatchObject({ state: "halted", publications: EPISODES });
  const texts = said.map((each) => each.text ?? "");
  for (let n = 0; n < EPISODES; n++) {
    expect(texts.find((text) => text.startsWith(`("${name(n)}"`))).toMatch(new RegExp(`\\["${special(n)}"`));
  }
  expect(texts).toContain("not learned: 1\n");
  expect(said.some(({ type }) => type === "error")).toBe(true);
  const { calls, cost_microcredits: cost } = await show(reader, id);
  expect(calls).toBeGreaterThanOrEqual(2 * EPISODES);
  expect(cost).toBe(end.cost_microcredits);
  const read = await reader.get(`/v1/data/.my/archive/${name(7).replace(".txt", ".tags.json")}`);
  expect((await read.json<string[]>())[0]).toBe(special(7));
}, 120_000);
