// What callers hold while they wait for a callee: each its own memory, whatever waits beside it, and answers as long as they may be.
import { beforeAll, describe, expect, test } from "vitest";
import { LIMITS } from "../../worker/limits.ts";
import { type Client, bootstrap } from "../support/client.ts";
import { fetchInside } from "../support/inside.ts";
import { testModule } from "../support/modules.ts";
import { type Priced, priced, relay } from "./relay.ts";

let ada: Client;
const call = { permissions: ["call"] };

beforeAll(async () => {
  ada = await bootstrap(fetchInside, "ada");
  await ada.publish("ada", { name: "keeps", ...call }, testModule("keeps"));
  await ada.publish("ada", { name: "measures", ...call }, testModule("measures"));
  await ada.publish("ada", { name: "answers" }, testModule("answers"));
  await ada.publish("ada", { name: "work", output: "void" }, testModule("work"));
});

const u32 = (value: number): number[] => [...new Uint8Array(Uint32Array.of(value).buffer)];

/** A call that keeps a byte in its memory while its callee runs so many turns. */
const keeping = (byte: number, turns: number): Promise<Priced> =>
  priced(ada.call("ada/keeps", relay("ada/work", Uint8Array.from([...u32(turns), byte]))));

interface Facts {
  readonly root: { readonly started: string; readonly duration_ms: number };
}

describe("calls that wait for a callee", () => {
  test("two of one module at once: neither sees the other's memory", async () => {
    const both = await Promise.all([keeping(65, 40_000_000), keeping(66, 40_000_000)]);
    expect(both.map(({ text, body }) => body.error ?? text)).toEqual(["A", "B"]);
    const calls = await Promise.all(both.map(async ({ id }) => (await ada.get(`/v1/calls/${id}`)).json<Facts>()));
    const began = calls.map(({ root }) => Date.parse(root.started));
    const ended = calls.map(({ root }) => Date.parse(root.started) + root.duration_ms);
    expect(Math.max(...began)).toBeLessThan(Math.min(...ended));
  });

  test("twenty at 16 MiB each, more than an isolate holds: all come to their end", async () => {
    const bytes = Array.from({ length: 20 }, (_, n) => 65 + n);
    const all = await Promise.all(bytes.map((byte) => keeping(byte, 2_000_000)));
    expect(all.map(({ text, body }) => body.error ?? text.charCodeAt(0))).toEqual(bytes);
  });
});

describe("a callee's answer", () => {
  const asked = (bytes: number): Promise<Priced> =>
    priced(ada.call("ada/measures", relay("ada/answers", Uint8Array.from(u32(bytes)))));

  /** Bytes whose base64 has LIMITS.answerBytes with its quotes: an answer is as long for a caller inside as for one outside. */
  const most = Math.floor((LIMITS.answerBytes - 2) / 4) * 3;

  test("of LIMITS.answerBytes as encoded reaches its caller whole", async () => {
    const { body } = await asked(most);
    const bytes = Uint8Array.from(atob(body.result ?? ""), (character) => character.charCodeAt(0));
    expect([...bytes]).toEqual([...u32(most), 1, 2]);
  });

  test("of one byte more is an error that its caller is told", async () => {
    const { text, status } = await asked(most + 1);
    expect([status, JSON.parse(text)]).toEqual([
      200,
      { error_type: "AnswerTooLarge", message: expect.stringContaining("bytes as encoded") },
    ]);
  });
});
