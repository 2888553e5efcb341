// The market's commands against a scripted server: what they ask, what they make harmless, what they refuse. (How they do
// against a real one is test/end-to-end/market and receipt.)
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { KEY, orcade, scriptedServer, temporaryFolder } from "./harness.ts";

const run = (address: string, ...argv: readonly string[]) => orcade([...argv, "--address", address, "--key", KEY]);

test("search sends words and filters, and shows a stranger's text without its control characters", async () => {
  const results = [{ name: "eve/trap", version: "1.0.0", price: 20_000, summary: "\u001b[2Jcleared" }];
  const { address, received } = await scriptedServer({
    "GET /v1/algorithms": { body: { marker: "next", next_link: "x", results } },
  });
  const ran = await run(address, "search", "a & b", "--owner", "eve", "--max-price", "5");
  expect(received[0]?.url).toBe("/v1/algorithms?q=a+%26+b&owner=eve&max_price=5");
  expect(ran.stdout).toContain("eve/trap/1.0.0  20,000        \\x1b[2Jcleared");
  expect(ran.stderr).toContain("--marker next");
});

test("yank and deprecate want a whole version, and send one change", async () => {
  const { address, received } = await scriptedServer({
    "PATCH /v1/algorithms/ada/tags/versions/1.0.0": { body: {} },
  });
  expect((await run(address, "yank", "ada/tags/1")).code).toBe(2);
  expect((await run(address, "yank", "ada/tags/1.0.0")).code).toBe(0);
  expect((await run(address, "yank", "ada/tags/1.0.0", "--undo")).code).toBe(0);
  expect((await run(address, "deprecate", "ada/tags/1.0.0", "--undo")).code).toBe(0);
  const sent = received.map(({ body }) => JSON.parse(body.toString()) as unknown);
  expect(sent).toEqual([{ yanked: true }, { yanked: false }, { deprecated: null }]);
});

test("quote sends the input, or only its length", async () => {
  const { address, received } = await scriptedServer({ "POST /v1/quote/ada/tags": { body: { quote: "quo-1" } } });
  expect((await run(address, "quote", "ada/tags/1.0.0", "--size", "10")).stdout).toContain("--quote quo-1");
  expect((await run(address, "quote", "ada/tags", "-d", "words")).code).toBe(0);
  expect((await run(address, "quote", "ada/tags")).code).toBe(2);
  expect(received.map(({ url, body }) => [url, body.toString()])).toEqual([
    ["/v1/quote/ada/tags?version=1.0.0&bytes=10", ""],
    ["/v1/quote/ada/tags", "words"],
  ]);
});

test("a file that is no receipt is refused, not misread", async () => {
  const cwd = temporaryFolder();
  writeFileSync(join(cwd, "not.json"), "{");
  writeFileSync(join(cwd, "other.json"), '{"format": "orcade-receipt-file-1"}');
  for (const [file, code] of [
    ["not.json", 2],
    ["absent.json", 2],
    ["other.json", 1],
  ] as const) {
    expect((await orcade(["receipt", "--verify", file], { cwd })).code, file).toBe(code);
  }
  expect((await orcade(["receipt"], { cwd })).code).toBe(2);
  expect((await orcade(["receipt", "req-1", "--verify", "other.json"], { cwd })).code).toBe(2);
});
