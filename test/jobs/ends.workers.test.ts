// How jobs end that cannot be done, each by its code; and jobs that are cancelled again and again, or run two at once: what they
// answer is what they would have answered undisturbed.
import { afterEach, beforeAll, expect, test } from "vitest";
import { wrongInBooks } from "../support/books.ts";
import { ada, begin, make, put } from "../support/data.ts";
import { testModule } from "../support/modules.ts";

const TEXT = Array.from({ length: 3_000 }, (_, index) => `line ${index}`).join("\n");

beforeAll(async () => {
  await begin();
  await make("texts");
  const bytes = { input: "bytes", output: "bytes" };
  const answers = [
    await ada.publish("ada", { name: "same", ...bytes }, testModule("echo")),
    await ada.publish("ada", { name: "json", input: "json", output: "json" }, testModule("echo")),
    await ada.publish("ada", { name: "join", ...bytes }, testModule("join")),
    await ada.publish("ada", { name: "tally", ...bytes, memory: 16 }, testModule("tally")),
    await ada.publish("ada", { name: "oversays", ...bytes }, testModule("oversays")),
    await put("ada/texts/all.txt", TEXT),
    await put("ada/texts/bad.txt", "!\n!\n!\n"),
    await put("ada/texts/gap.json", "[1,2,,]"),
    await put("ada/texts/none.json", " [ ] "),
  ];
  for (const answer of answers) expect(answer.status, await answer.clone().text()).toBeLessThan(300);
});
afterEach(async () => expect(await wrongInBooks(ada)).toEqual([]));

interface Shown {
  readonly id: string;
  readonly state: string;
  readonly reason: { readonly code: string } | null;
}
const source = (name: string): string => `data://ada/texts/${name}`;
async function made(request: object): Promise<string> {
  const answer = await ada.post("/v1/jobs", request);
  expect(answer.status, await answer.clone().text()).toBe(202);
  return (await answer.json<Shown>()).id;
}
const shown = async (id: string): Promise<Shown> => (await ada.get(`/v1/jobs/${id}`)).json();
const until = async (id: string): Promise<Shown> => {
  await expect.poll(async () => (await shown(id)).state, { timeout: 25_000 }).not.toMatch(/^(?:planning|running)$/);
  return shown(id);
};
const textOf = async (id: string): Promise<string> =>
  new TextDecoder().decode(await (await ada.get(`/v1/jobs/${id}/result`)).arrayBuffer());

const PARTIAL = { partial: "allow" };
const CASES: readonly [string, object][] = [
  ["EmptySource", { map: "ada/json@1.0.0", source: source("none.json"), split: "json-array" }],
  [
    "TooManyTasks",
    { map: "ada/same@1.0.0", source: source("all.txt"), split: "lines", target: { bytes: 64 }, limits: { tasks: 100 } },
  ],
  ["NotAnArray", { map: "ada/json@1.0.0", source: source("gap.json"), split: "json-array", target: { bytes: 64 } }],
  ["TasksFailed", { map: "ada/tally@1.0.0", source: source("bad.txt"), split: "lines", target: { bytes: 64 } }],
  [
    "NothingToReduce",
    {
      map: "ada/tally@1.0.0",
      reduce: "ada/join@1.0.0",
      source: source("bad.txt"),
      split: "lines",
      target: { bytes: 65 },
      limits: PARTIAL,
    },
  ],
];

test.each(CASES)("%s", async (code, request) => {
  expect(await until(await made(request))).toMatchObject({ reason: { code } });
});

test("BadCheckpoint: a mapper that says it has finished more than there is", async () => {
  const limits = { ...PARTIAL, fuelPerTask: 1_000_000 };
  const id = await made({
    map: "ada/oversays@1.0.0",
    source: source("bad.txt"),
    split: "bytes",
    target: { bytes: 64 },
    limits,
  });
  expect(await until(id)).toMatchObject({ state: "done", reason: { code: "partial" } });
  const { results } = await (await ada.get(`/v1/jobs/${id}/tasks`)).json<{ results: object[] }>();
  expect(results).toMatchObject([{ error: { error_type: "BadCheckpoint" } }]);
});

test("cancelled at any moment and gone on with, time and again, it answers the same", { timeout: 60_000 }, async () => {
  const request = { map: "ada/same@1.0.0", reduce: "ada/join@1.0.0", source: source("all.txt"), split: "lines" };
  const id = await made({ ...request, target: { bytes: 100 }, arguments: "cancelled" });
  for (let times = 0; times < 8; times++) {
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 120));
    const before = (await shown(id)).state;
    // One that is over would be deleted.
    if (!/^(?:planning|running)$/.test(before)) break;
    await ada.fetch(`/v1/jobs/${id}`, { method: "DELETE", headers: { Authorization: `Simple ${ada.key}` } });
    if ((await ada.get(`/v1/jobs/${id}`)).status === 404) return;
    await ada.post(`/v1/jobs/${id}/retry`, {});
  }
  expect(await until(id)).toMatchObject({ state: "done" });
  expect(await textOf(id)).toBe(TEXT);
});

test("two jobs that really run at once answer each its own", { timeout: 60_000 }, async () => {
  const request = { map: "ada/same@1.0.0", reduce: "ada/join@1.0.0", source: source("all.txt"), split: "lines" };
  const ids = await Promise.all(
    ["one", "two", "two"].map((each) => made({ ...request, target: { bytes: 90 }, arguments: each })),
  );
  for (const id of ids) {
    expect(await until(id)).toMatchObject({ state: "done" });
    expect(await textOf(id)).toBe(TEXT);
  }
});
