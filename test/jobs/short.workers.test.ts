// Tasks that end before their time, for want of memory or of the batch's time: what they said is finished stays, the rest is cut,
// what is at fault is named, and nothing runs for ever.
import { afterEach, beforeAll, expect, test } from "vitest";
import type { MapBatch, Runner } from "../../worker/jobs/batch.ts";
import { runners } from "../../worker/objects/shard/dispatcher.ts";
import { wrongInBooks } from "../support/books.ts";
import { ada, begin, make, put } from "../support/data.ts";
import { testModule } from "../support/modules.ts";

const real = runners.of;

beforeAll(async () => {
  await begin();
  await make("texts");
  const hoards = { name: "hoards", input: "bytes", output: "bytes", memory: 16 };
  const answers = [
    await ada.publish("ada", hoards, testModule("hoards")),
    await put("ada/texts/some.txt", "abcdefghijklmnopqrstuvwxyz".repeat(5)),
    await put("ada/texts/ever.txt", `abcdefgh~${"ijklmnopqrs".repeat(3)}`),
  ];
  for (const answer of answers) expect(answer.status, await answer.clone().text()).toBeLessThan(300);
});
afterEach(async () => {
  runners.of = real;
  expect(await wrongInBooks(ada)).toEqual([]);
});

interface Shown {
  readonly id: string;
  readonly state: string;
  readonly tasks: { readonly total: number; readonly failed: number };
  readonly spent_microcredits: number;
}
interface Line {
  readonly from: number;
  readonly to: number;
  readonly answer: string;
}

async function run(request: object): Promise<Shown> {
  const answer = await ada.post("/v1/jobs", { map: "ada/hoards@1.0.0", split: "bytes", ...request });
  expect(answer.status, await answer.clone().text()).toBe(202);
  const { id } = await answer.json<Shown>();
  const shown = async (): Promise<Shown> => (await ada.get(`/v1/jobs/${id}`)).json();
  await expect.poll(async () => (await shown()).state, { timeout: 25_000 }).not.toMatch(/^(?:planning|running)$/);
  return shown();
}
async function lines(id: string): Promise<readonly Line[]> {
  const bytes = await (await ada.get(`/v1/jobs/${id}/result`)).arrayBuffer();
  const all = new TextDecoder().decode(bytes).trim().split("\n");
  return all.map((line) => JSON.parse(line) as Line).filter(({ answer }) => answer !== undefined);
}
const joined = (all: readonly Line[]): string => all.map(({ answer }) => atob(answer)).join("");

test("a task that has no more memory keeps what it has finished, and only the rest is cut", async () => {
  const job = await run({ source: "data://ada/texts/some.txt", target: { bytes: 130 } });
  expect(job).toMatchObject({ state: "done", tasks: { failed: 0 } });
  const all = await lines(job.id);
  expect(all[0]).toMatchObject({ from: 0, to: 16 });
  expect(joined(all)).toBe("abcdefghijklmnopqrstuvwxyz".repeat(5));
});

test("a task that its batch's time does not suffice for counts as tried: it keeps what it has finished, and what never ends is named", async () => {
  let batches = 0;
  runners.of = (): Runner => ({
    reduce: (...asked) => real().reduce(...asked),
    map: (batch: MapBatch, host) => {
      batches++;
      return real().map({ ...batch, deadline: Date.now() + 250 }, host);
    },
  });
  const fuelPerTask = 200_000_000_000;
  const limits = { partial: "allow", fuelPerTask, cost: 500_000_000 };
  const job = await run({ source: "data://ada/texts/ever.txt", target: { bytes: 64 }, limits });
  expect(job).toMatchObject({ state: "done", tasks: { failed: 1 } });
  const { results } = await (await ada.get(`/v1/jobs/${job.id}/tasks`)).json<{ results: object[] }>();
  expect(results).toMatchObject([{ from: 8, to: 9, error: { error_type: "TimeoutError" } }]);
  expect(joined(await lines(job.id))).toBe(`abcdefgh${"ijklmnopqrs".repeat(3)}`);
  expect(batches).toBeLessThan(40);
  // What is missing is named: at the end of the answers, and by a link to it.
  const whole = await ada.get(`/v1/jobs/${job.id}/result`);
  expect(whole.headers.get("X-Orcade-Missing-Tasks")).toBe("1");
  const link = /^<(.*)>; rel="missing"$/.exec(whole.headers.get("Link") ?? "")?.[1] ?? "";
  expect(await (await ada.get(link)).json()).toMatchObject({ results });
  const last =
    new TextDecoder()
      .decode(await whole.arrayBuffer())
      .trim()
      .split("\n")
      .at(-1) ?? "";
  expect(JSON.parse(last)).toMatchObject({ from: 8, to: 9, error: { error_type: "TimeoutError" } });
});
