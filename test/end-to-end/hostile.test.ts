// Every hostile module of test/hostile is published to and called on the whole system: each is refused or stopped as
// expected, within its limit, and the system goes on serving others meanwhile and afterwards.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { HOSTILE_INPUT, type Hostile, hostileExpectations, loadHostile, manifestOf } from "../hostile/load.ts";
import { testModule } from "../support/modules.ts";
import { processorMs } from "../support/processor.ts";
import { type System, TORTURE, startSystem } from "../support/server.ts";

let system: System;
let hostile: readonly Hostile[];

const NAMES = Object.entries(hostileExpectations())
  .filter(([, expectation]) => TORTURE || expectation.slow !== true)
  .map(([name]) => name);
const SLOW = Object.keys(hostileExpectations()).length - NAMES.length;
/** A name that the manifest's pattern accepts: cases may be longer than 30. */
const nameOf = (name: string): string => `h${NAMES.indexOf(name)}`;

beforeAll(async () => {
  if (SLOW > 0) console.log(`hostile: ${SLOW} modules that take minutes are left to npm run torture`);
  system = await startSystem();
  hostile = await loadHostile();
  await system.ada.publish("ada", { name: "echo" }, testModule("echo"));
});
afterAll(() => system.end());

interface Envelope {
  readonly result?: unknown;
  readonly error?: { readonly message: string; readonly error_type: string };
  readonly metadata?: { readonly content_type?: string };
}

async function publish(found: Hostile): Promise<{ status: number; code?: string }> {
  const manifest = { ...manifestOf(found), name: nameOf(found.name) };
  const answer = await system.ada.upload(
    `/v1/algorithms/ada/${manifest.name}/versions/1.0.0`,
    JSON.stringify(manifest),
    found.bytes,
  );
  const body = (await answer.json()) as { code?: string };
  return { status: answer.status, ...(body.code === undefined ? {} : { code: body.code }) };
}

async function call({ name, expectation }: Hostile): Promise<{ text: string; body: Envelope; cost: number }> {
  const ceiling = expectation.max_cost === undefined ? {} : { "X-Orcade-Max-Cost": String(expectation.max_cost) };
  const answer = await system.ada.call(`ada/${nameOf(name)}`, HOSTILE_INPUT, {
    "Content-Type": "text/plain",
    ...ceiling,
  });
  const text = await answer.text();
  expect(answer.status).toBe(200);
  return { text, body: JSON.parse(text) as Envelope, cost: Number(answer.headers.get("X-Orcade-Cost")) };
}

/** Milliseconds of workerd's own time in which somebody else is answered while a hostile call runs: many slices. */
const PATIENCE_MS = 2_000;
/** The same by the clock, which goes on while the machine does other things. */
const PATIENCE_BY_CLOCK_MS = 30_000;
/** Milliseconds after which a case is not tried twice outside torture. */
const LONG_MS = 1_000;

/** The system answers somebody else, and soon. */
async function servesOthers(): Promise<void> {
  const pid = system.server.workerdPid();
  const [began, before] = [performance.now(), processorMs(pid)];
  const answer = await system.ada.call("ada/echo", Uint8Array.of(42));
  expect(await answer.json()).toMatchObject({ result: "Kg==" });
  const [waited, after] = [performance.now() - began, processorMs(pid)];
  expect(waited).toBeLessThan(PATIENCE_BY_CLOCK_MS);
  expect(before === null || after === null ? waited : Math.min(waited, after - before)).toBeLessThan(PATIENCE_MS);
}

/** As long as something else goes on, somebody else is answered each time anew. @returns how often */
async function servesOthersDuring(work: Promise<unknown>): Promise<number> {
  let done = false;
  const ended = (): void => void (done = true);
  work.then(ended, ended);
  let served = 0;
  do {
    await servesOthers();
    served++;
  } while (!done);
  return served;
}

async function expectOutcome(found: Hostile): Promise<void> {
  const { expectation: wanted } = found;
  const { text, body, cost } = await call(found);
  if (wanted.max_cost !== undefined) expect(cost).toBeLessThanOrEqual(wanted.max_cost);
  if (wanted.error_type !== undefined) expect(body.error?.error_type).toBe(wanted.error_type);
  else expect(body.error).toBeUndefined();
  if (wanted.message !== undefined) expect(body.error?.message).toBe(wanted.message);
  if (wanted.message_bytes !== undefined)
    expect(Buffer.byteLength(body.error?.message ?? "")).toBe(wanted.message_bytes);
  if (wanted.result !== undefined) expect(body.result).toBe(wanted.result);
  if (wanted.raw_result !== undefined) expect(text).toContain(`{"result":${wanted.raw_result},"metadata"`);
  if (wanted.result_length !== undefined) expect(String(body.result).length).toBe(wanted.result_length);
  if (wanted.content_type !== undefined) expect(body.metadata?.content_type).toBe(wanted.content_type);
}

describe("a hostile module", () => {
  test.for(NAMES)("%s", { timeout: TORTURE ? 900_000 : 240_000 }, async (name) => {
    const found = hostile.find((module) => module.name === name);
    if (found === undefined) throw new Error(`no module ${name}`);
    const published = await publish(found);
    if (found.expectation.at === "publish") {
      expect(published).toEqual({ status: 422, code: found.expectation.code });
      return;
    }
    expect(published).toEqual({ status: 201 });
    for (let n = 0; n < (found.expectation.calls ?? 1); n++) {
      const began = performance.now();
      const outcome = expectOutcome(found);
      const [own, others] = await Promise.allSettled([outcome, servesOthersDuring(outcome)]);
      expect([own, others]).toMatchObject([{ status: "fulfilled" }, { status: "fulfilled" }]);
      if (TORTURE || performance.now() - began < LONG_MS) await expectOutcome(found);
    }
    await servesOthers();
  });
});
