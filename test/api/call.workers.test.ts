// A module is published and called, inside workerd, with the real bindings.
import { beforeAll, describe, expect, test } from "vitest";
import { type Client, bootstrap } from "../support/client.ts";
import { fetchInside } from "../support/inside.ts";
import { testModule } from "../support/modules.ts";

let ada: Client;

const bytesOf = (result: string): Uint8Array => Uint8Array.from(atob(result), (character) => character.charCodeAt(0));
const u32 = (value: number): Uint8Array => new Uint8Array(Uint32Array.of(value).buffer);

beforeAll(async () => {
  ada = await bootstrap(fetchInside, "ada");
  await ada.publish("ada", { name: "echo" }, testModule("echo"));
  await ada.publish("ada", { name: "echojson", input: "json", output: "json" }, testModule("echo"));
  await ada.publish("ada", { name: "echotext", input: "text", output: "text" }, testModule("echo"));
  await ada.publish("ada", { name: "counter", permissions: ["state"] }, testModule("counter"));
  await ada.publish("ada", { name: "work", output: "void" }, testModule("work"));
});

describe("the envelope", () => {
  test("bytes come back as base64, with what the call cost in the headers", async () => {
    const answer = await ada.call("ada/echo", Uint8Array.of(1, 2, 255));
    expect(await answer.json()).toMatchObject({ result: "AQL/", metadata: { content_type: "binary" } });
    expect(answer.headers.get("X-Orcade-Version")).toBe("1.0.0");
    expect(answer.headers.get("X-Orcade-Build")).toMatch(/^[0-9a-f]{64}$/);
    expect(answer.headers.get("X-Orcade-Call")).toMatch(/^req-[0-9a-f-]{36}$/);
    const fuel = Number(answer.headers.get("X-Orcade-Fuel"));
    expect(fuel).toBeGreaterThan(0);
    expect(Number(answer.headers.get("X-Orcade-Cost"))).toBe(20_000 + Math.ceil(fuel / 1_000));
  });

  test("JSON comes back digit for digit, 64-bit integers, escapes and white space included", async () => {
    const text = '{ "big":9223372036854775807,"lone":"\\ud800","e":1e999, "z":-0.0}';
    const answer = await ada.call("ada/echojson", text);
    expect(await answer.text()).toMatch(`{"result":${text},"metadata":{"content_type":"json","duration":`);
  });

  test("text comes back as a JSON string, also when it was sent as one", async () => {
    const plain = await ada.call("ada/echotext", 'say "ü"', { "Content-Type": "text/plain" });
    expect(await plain.json()).toMatchObject({ result: 'say "ü"', metadata: { content_type: "text" } });
    const quoted = await ada.call("ada/echotext", '"HAL 9000"');
    expect(await quoted.json()).toMatchObject({ result: "HAL 9000" });
  });

  test("nothing comes back as null", async () => {
    const answer = await ada.call("ada/work", u32(3));
    expect(await answer.json()).toMatchObject({ result: null, metadata: { content_type: "void" } });
  });

  test("output=raw is the bare result, guarded against browsers", async () => {
    const answer = await ada.call("ada/echo/latest/?output=raw", Uint8Array.of(0, 255));
    expect(new Uint8Array(await answer.arrayBuffer())).toEqual(Uint8Array.of(0, 255));
    expect(answer.headers.get("Content-Type")).toBe("application/octet-stream");
    expect(answer.headers.get("X-Content-Type-Options")).toBe("nosniff");
    const text = await ada.call("ada/echotext?output=raw", "héllo", { "Content-Type": "text/plain" });
    expect(await text.text()).toBe("héllo");
    expect(text.headers.get("Content-Type")).toBe("text/plain; charset=utf-8");
  });
});

describe("state", () => {
  test("counts exactly, however many call at once", async () => {
    const answers = await Promise.all(Array.from({ length: 64 }, () => ada.call("ada/counter", new Uint8Array(0))));
    const results = await Promise.all(answers.map((answer) => answer.json<{ result: string }>()));
    const counts = results.map(({ result }) => new DataView(bytesOf(result).buffer as ArrayBuffer).getUint32(0, true));
    expect(counts.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 64 }, (_, i) => i + 1));
  });

  test("what a call wrote vanishes when it fails", async () => {
    const version = "1.1.0";
    await ada.publish("ada", { name: "counter", version, permissions: ["state"] }, testModule("writes-then-fails"));
    const failed = await ada.call(`ada/counter/${version}`, new Uint8Array(0));
    expect(await failed.json()).toMatchObject({ error: { error_type: "Trap" } });
    const next = (await (await ada.call("ada/counter/1.0.0", new Uint8Array(0))).json()) as { result: string };
    expect(new DataView(bytesOf(next.result).buffer as ArrayBuffer).getUint32(0, true)).toBe(65);
  });
});

describe("fuel", () => {
  const fuelOf = async (turns: number): Promise<number> =>
    Number((await ada.call("ada/work", u32(turns))).headers.get("X-Orcade-Fuel"));

  test("is one figure per input, and grows by the same amount each turn", async () => {
    const figures = await Promise.all(Array.from({ length: 20 }, () => fuelOf(1_000)));
    expect(new Set(figures).size).toBe(1);
    const [a, b, c] = [await fuelOf(1_000), await fuelOf(2_000), await fuelOf(3_000)];
    expect(b - a).toBe(c - b);
    expect(b - a).toBeGreaterThan(0);
  });

  test("is the same whether it came in one slice or in many", async () => {
    const perTurn = ((await fuelOf(3_000)) - (await fuelOf(1_000))) / 2_000;
    const many = await fuelOf(20_000_000);
    expect(many - (await fuelOf(0))).toBe(perTurn * 20_000_000);
  });

  test("ends the call at its ceiling, to the microcredit", async () => {
    const turns = 1_000_000;
    const cost = Number((await ada.call("ada/work", u32(turns))).headers.get("X-Orcade-Cost"));
    const enough = await ada.call("ada/work", u32(turns), { "X-Orcade-Max-Cost": String(cost) });
    expect(await enough.json()).toMatchObject({ result: null });
    const short = await ada.call("ada/work", u32(turns), { "X-Orcade-Max-Cost": String(cost - 1) });
    expect(short.status).toBe(200);
    expect(await short.json()).toMatchObject({ error: { error_type: "BudgetExceeded" } });
    expect(Number(short.headers.get("X-Orcade-Cost"))).toBeLessThanOrEqual(cost - 1);
    const none = await ada.call("ada/work", u32(turns), { "X-Orcade-Max-Cost": "20000" });
    expect(await none.json()).toMatchObject({ error: { error_type: "BudgetExceeded" } });
  });
});
