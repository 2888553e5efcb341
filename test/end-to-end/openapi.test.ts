// The reference of a running server: it validates, and what is made from it at random is answered, not crashed upon.
import { Validator } from "@seriousme/openapi-schema-validator";
import headless from "@sparticuz/chromium";
import fc from "fast-check";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { testModule } from "../support/modules.ts";
import { type System, TORTURE, seedOf, startSystem } from "../support/server.ts";
import { type Document, type Sent, answersOf, furnish, requestFor, valuesOf, withIds } from "./openapi-requests.ts";

const REQUESTS = TORTURE ? 6_000 : 150;
/** After so many requests what they are about is made again. */
const EACH = 50;
/** Milliseconds after which a request counts as one that hangs. */
const HANGS = 20_000;

let system: System;
let document: Document;
const logged: string[] = [];
beforeAll(async () => {
  system = await startSystem({
    log: (_level, message) => logged.push(message),
    vars: { ORCADE_SECRET_KEYS: `k1:${Buffer.alloc(32, 1).toString("base64")}` },
  });
  await system.ada.post("/v1/admin/accounts/ada/grants", { id: "start", amount: 10_000_000_000 });
  for (const [name, kind] of [
    ["echo", "bytes"],
    ["text", "text"],
    ["json", "json"],
  ] as const)
    await system.ada.publish("ada", { name, input: kind, output: kind }, testModule("echo"));
  await system.ada.publish("ada", { name: "join" }, testModule("join"));
  await furnish(system);
  document = await (await system.fetch("/v1/openapi.json")).json();
});
afterAll(() => system.end());

test("the document is valid OpenAPI 3.1", async () => {
  const { valid, errors } = await new Validator().validate(document as unknown as Record<string, unknown>);
  expect([valid, errors]).toEqual([true, undefined]);
});

describe("requests made from the document", () => {
  /** Says what is wrong with an answer; null: nothing. */
  async function faultOf({ method, path, headers, body, of }: Sent): Promise<string | null> {
    const signal = AbortSignal.timeout(HANGS);
    const init = { method, headers, signal, ...(body === undefined ? {} : { body: body as BodyInit }) };
    const answer = await system.fetch(withIds(path), init);
    const text = await answer.text();
    if (answer.status >= 500) return `${answer.status}: ${text}`;
    return answersOf(document, of, answer, text);
  }

  test(`${REQUESTS} of them: none is answered 5xx, none hangs, and answers are those that are promised`, async () => {
    const known = await valuesOf(system);
    let count = 0;
    const requests = fc.asyncProperty(requestFor(document, known), async (sent) => {
      if (++count % EACH === 0) await furnish(system);
      const fault = await faultOf(sent);
      if (fault !== null) throw new Error(fault);
    });
    await fc.assert(requests, { numRuns: REQUESTS, seed: seedOf("requests from the document"), endOnFailure: true });
    expect(logged.filter((line) => line.includes('"unforeseen"'))).toEqual([]);
    expect((await system.fetch("/v1/health")).status).toBe(200);
  }, 900_000);
});

/** A browser, where one runs: the package holds Chromium for Linux on x64. */
async function browser(): Promise<Browser | null> {
  if (process.platform !== "linux" || process.arch !== "x64") return null;
  const executablePath = await headless.executablePath();
  return chromium.launch({ executablePath, args: headless.args, headless: true }).catch(() => null);
}

describe("the page in a browser", () => {
  test("stands by itself, shows every operation, filters them, and opens what its address names", async ({ skip }) => {
    const opened = await browser();
    if (opened === null) return skip("no browser starts on this machine: the page is tested as text only");
    try {
      const page = await opened.newPage();
      const asked: string[] = [];
      const wrong: string[] = [];
      page.on("request", (request) => asked.push(request.url().replace(system.server.url, "")));
      page.on("console", (message) => wrong.push(message.text()));
      page.on("pageerror", (error) => wrong.push(error.message));
      await page.goto(`${system.server.url}/v1/docs#get_v1_health`, { waitUntil: "load" });
      const all = Object.values(document.paths).flatMap((item) => Object.keys(item)).length;
      expect(await page.locator("details.operation").count()).toBe(all);
      expect(await page.locator("#get_v1_health[open]").count()).toBe(1);
      expect(await page.locator("#count").textContent()).toBe(`${all} of ${all} operations`);
      await page.fill("#filter", "post /v1/uploads");
      expect(await page.locator("details.operation:visible .path").allTextContents()).toEqual([
        "/v1/uploads",
        "/v1/uploads/{owner}/{collection}/{id}/complete",
      ]);
      await page.locator("#post_v1_uploads summary").click();
      expect(await page.locator("#post_v1_uploads pre").textContent()).toContain('"size"');
      expect([wrong, asked.toSorted()]).toEqual([[], ["/v1/docs", "/v1/docs/script.js", "/v1/docs/style.css"]]);
    } finally {
      await opened.close();
    }
  });
});
