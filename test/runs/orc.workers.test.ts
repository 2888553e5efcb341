// Programs evaluated inside a request, in workerd with real algorithms and the real ledger.
import { beforeAll, describe, expect, test } from "vitest";
import { LIMITS } from "../../worker/limits.ts";
import { CALL_FEE } from "../../worker/market/money/price.ts";
import { invited } from "../support/accounts.ts";
import { type Client, bootstrap } from "../support/client.ts";
import { fetchInside } from "../support/inside.ts";
import { testModule } from "../support/modules.ts";
import { begin, errors, type Sending, tell, texts, type Told } from "./stream.ts";

let ada: Client;
let bob: Client;

const ROYALTY = 50_000;

beforeAll(async () => {
  ada = await bootstrap(fetchInside, "ada");
  bob = await invited(ada, "bob", 10_000_000_000);
  const json = { input: "json", output: "json" };
  await ada.publish("ada", { name: "same", ...json, royalty: ROYALTY }, testModule("echo"));
  await ada.publish("ada", { name: "text", input: "text", output: "text" }, testModule("echo"));
  await ada.publish("ada", { name: "bytes" }, testModule("echo"));
  await ada.publish("ada", { name: "traps", output: "void" }, testModule("traps"));
  await ada.publish("ada", { name: "work", output: "void" }, testModule("work"));
  await ada.publish("ada", { name: "hidden", visibility: "private" }, testModule("echo"));
});

const run = (body: string, more: Partial<Sending> = {}): Promise<Told> => tell({ key: bob.key, body, ...more });
const balance = async (): Promise<number> =>
  (await (await bob.get("/v1/account")).json<{ balance_microcredits: number }>()).balance_microcredits;
const inOrder = (all: readonly (string | undefined)[]): readonly (string | undefined)[] =>
  all.toSorted((a = "", b = "") => (a < b ? -1 : 1));
const json = { "Content-Type": "application/json" };
/** Input of the module `work`: so many turns of a loop. */
const turns = (count: number): string => Buffer.from(new Uint8Array(Uint32Array.of(count).buffer)).toString("base64");

describe("what a program says", () => {
  test("publications, texts, errors and the end, in order, a line each", async () => {
    const told = await run('Println("hello") >> stop ; (1.50, "b") | Rwait(20) >> [1, 2] | Rwait(60) >> 1 / 0');
    expect(told.headers.get("Content-Type")).toBe("application/x-ndjson; charset=utf-8");
    expect(told.said).toEqual([
      { type: "text", text: "hello\n" },
      { type: "publication", value: [1.5, "b"], text: '(1.50, "b")' },
      { type: "publication", value: [1, 2], text: "[1, 2]" },
      {
        type: "error",
        class: "orc.error.runtime.JavaException",
        text: "java.lang.ArithmeticException: BigInteger divide by zero",
        place: expect.objectContaining({ source: "program.orc", line: 1 }),
      },
    ]);
    expect(told.end).toMatchObject({ type: "end", state: "halted", publications: 2, calls: 0 });
  });

  test("numbers keep their digits, and what has no JSON form is text alone", async () => {
    const told = await run("2 ** 64 | 0.10 | (lambda(x) = x)");
    expect(told.body).toContain('"value":18446744073709551616,"text":"18446744073709551616"');
    expect(told.body).toContain('"value":0.10,');
    expect(told.said.filter((each) => !("value" in each))).toHaveLength(1);
  });

  test("as events for who accepts them, numbered", async () => {
    const told = await run("1 | 2", { headers: { Accept: "text/event-stream" } });
    expect(told.headers.get("Content-Type")).toBe("text/event-stream; charset=utf-8");
    const events = told.body.split("\n\n").filter(Boolean);
    expect(events[0]).toBe('id: 1\nevent: publication\ndata: {"type":"publication","value":1,"text":"1"}');
    expect(events[2]).toMatch(/^id: 3\nevent: end\ndata: \{"type":"end","state":"halted",/);
  });

  test("arguments are values, numbers exact", async () => {
    const program = "arguments() >{. names = ns, big = b .}> (each(ns) | b + 1)";
    const body = `{"program": ${JSON.stringify(program)}, "arguments": {"names": ["x", "y"], "big": 9007199254740993}}`;
    expect(inOrder(texts(await run(body, { headers: json })))).toEqual(['"x"', '"y"', "9007199254740994"]);
    expect(texts(await run("arguments()"))).toEqual(["{.  .}"]);
  });

  test("it streams as it happens", async () => {
    const { response, over } = await begin({ key: bob.key, body: '"now" | Rwait(400) >> "later"' });
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    const began = Date.now();
    const first = await reader.read();
    expect(new TextDecoder().decode(first.value)).toContain("now");
    expect(Date.now() - began).toBeLessThan(350);
    while (!(await reader.read()).done);
    expect(Date.now() - began).toBeGreaterThanOrEqual(390);
    await over();
  });
});

describe("algorithms as sites", () => {
  test("JSON, text and bytes there and back", async () => {
    const program = `
      algo("ada/same@1.0.0")({. a = 1.50, b = [true, null, 12345678901234567890] .})
      | algo("ada/text")("żółw \\" x") | algo("ada/bytes@1")("aGk=")`;
    const told = await run(program);
    expect(inOrder(texts(told))).toEqual([
      '"aGk="',
      '"żółw \\" x"',
      "{. a = 1.50, b = [true, null, 12345678901234567890] .}",
    ]);
    expect(told.end).toMatchObject({ state: "halted", publications: 3, calls: 3 });
  });

  test("the bill: each call by itself, the evaluation as a call of orcade/orc, together what the summary says", async () => {
    const before = await balance();
    const told = await run('upto(3) >i> algo("ada/same")(i)');
    expect(inOrder(texts(told))).toEqual(["0", "1", "2"]);
    expect(before - (await balance())).toBe(told.end.cost_microcredits);
    const id = told.headers.get("X-Orcade-Call") ?? "";
    const costs: (readonly [string, number])[] = [];
    for (const each of [id, `${id}.1`, `${id}.2`, `${id}.3`]) {
      const call = await (await bob.get(`/v1/calls/${each}`)).json<{ algorithm: string; cost_microcredits: number }>();
      costs.push([call.algorithm, call.cost_microcredits]);
    }
    expect(costs.map(([name]) => name)).toEqual(["orcade/orc", "ada/same", "ada/same", "ada/same"]);
    expect(costs.reduce((sum, [, cost]) => sum + cost, 0)).toBe(told.end.cost_microcredits);
    expect(costs[0]?.[1]).toBe(CALL_FEE + Math.ceil(told.end.fuel / 1_000));
    expect(costs[1]?.[1]).toBeGreaterThan(CALL_FEE + ROYALTY);
  });

  test("an algorithm's error is reported and halts the call; the rest goes on", async () => {
    const told = await run('(algo("ada/traps")("") ; "instead") | "beside"');
    expect(inOrder(texts(told))).toEqual(['"beside"', '"instead"']);
    expect(errors(told)).toEqual([expect.stringMatching(/^Trap: ada\/traps: /)]);
  });

  test.each([
    ["unknown", 'algo("ada/none")(1)', /^unknown-algorithm: ada\/none: /],
    ["another's private one", 'algo("ada/hidden")("")', /^unknown-algorithm: /],
    ["no such version", 'algo("ada/same@9")(1)', /^unknown-version: /],
    ["no name", 'algo("same")(1)', /^unknown-algorithm: same: Name an algorithm/],
    ["a name that is no string", "algo(7)(1)", /^InvalidInput: Name an algorithm by a string/],
    ["a value without JSON", 'algo("ada/same")(lambda() = 1)', /^InvalidInput: ada\/same: The input has no JSON form/],
    ["a number for text", 'algo("ada/text")(1)', /^InvalidInput: .*takes text/],
    ["no base64", 'algo("ada/bytes")("?")', /^InvalidInput: .*base64/],
    ["unknown options", 'algoWith("ada/same", {. speed = 1 .})(1)', /^InvalidOptions: /],
    ["an answer above its bound", 'algoWith("ada/text", {. maxBytes = 3 .})("long")', /^AnswerTooLarge: .*4 bytes; 3 /],
    ["a call above its own ceiling", 'algoWith("ada/same", {. maxCost = 10 .})(1)', /^BudgetExceeded: /],
    [
      "a call that lasts too long",
      `algoWith("ada/work", {. timeout = 60 .})("${turns(2_000_000_000)}")`,
      /^TimeoutError: /,
    ],
  ])("%s: reported, nothing else", async (_, program, report) => {
    const told = await run(`${program} ; "over"`);
    expect(texts(told)).toEqual(['"over"']);
    expect(errors(told)).toEqual([expect.stringMatching(report)]);
  });

  test("an answer of LIMITS.orcAnswerBytes enters the program, one more byte does not", async () => {
    const body = (length: number): string =>
      JSON.stringify({
        program: 'arguments() >t> algo("ada/text")(t) >u> u.length()',
        arguments: "x".repeat(length),
      });
    const limit = LIMITS.orcBodyBytes - 200;
    expect(limit).toBeLessThan(LIMITS.orcAnswerBytes);
    expect(texts(await run(body(limit), { headers: json }))).toEqual([String(limit)]);
    const doubled = (more: string): string =>
      `val h = arguments() algo("ada/text")(h + h + h + h${more}) >u> u.length() ; "refused"`;
    const send = (more: string): Promise<Told> =>
      run(JSON.stringify({ program: doubled(more), arguments: "x".repeat(LIMITS.orcAnswerBytes / 4 - 250) }), {
        headers: json,
      });
    // As many characters, one byte more.
    const pad = (last: string): string => ` + "${"y".repeat(999)}${last}"`;
    expect(texts(await send(pad("y")))).toEqual([String(LIMITS.orcAnswerBytes)]);
    expect(texts(await send(pad("é")))).toEqual(['"refused"']);
  });

  test("a call that lost a race is cancelled, and bills no more than it burned", async () => {
    const began = Date.now();
    const told = await run(`x <x< (algo("ada/work")("${turns(4_000_000_000)}") | Rwait(50) >> "first")`);
    expect(texts(told)).toEqual(['"first"']);
    expect(Date.now() - began).toBeLessThan(4_000);
    const id = told.headers.get("X-Orcade-Call") ?? "";
    const call = await (await bob.get(`/v1/calls/${id}.1`)).json<{ status: string; root: { error: string } }>();
    expect([call.status, call.root.error]).toEqual(["failed", "Cancelled"]);
  });

  test("at most LIMITS.orcCalls calls, and one more is refused", async () => {
    const many = (count: number): Promise<Told> => run(`(upto(${count}) >> algo("none")(1)) ; "over"`);
    expect(errors(await many(LIMITS.orcCalls)).filter((text) => text.startsWith("CallCount"))).toHaveLength(0);
    expect(errors(await many(LIMITS.orcCalls + 1)).filter((text) => text.startsWith("CallCount"))).toHaveLength(1);
  });

  test("more calls than LIMITS.orcCallsAtOnce wait for one another", async () => {
    const count = LIMITS.orcCallsAtOnce * 2 + 1;
    const told = await run(`upto(${count}) >i> algo("ada/same")(i)`);
    expect(
      texts(told)
        .map(Number)
        .sort((a, b) => a - b),
    ).toEqual(Array.from({ length: count }, (_, i) => i));
  });
});

describe("ceilings", () => {
  const ceiling = (cost: number): Partial<Sending> => ({ headers: { "X-Orcade-Max-Cost": String(cost) } });

  test("a run never costs more than X-Orcade-Max-Cost, whatever its calls do at once", async () => {
    const limit = 400_000;
    const before = await balance();
    const told = await run('upto(20) >i> algo("ada/same")(i)', ceiling(limit));
    expect(told.end.cost_microcredits).toBeLessThanOrEqual(limit);
    expect(before - (await balance())).toBe(told.end.cost_microcredits);
    const published = texts(told).length;
    expect(published).toBeGreaterThan(0);
    expect(published).toBeLessThan(20);
    expect(errors(told)).toHaveLength(20 - published);
    expect(errors(told)[0]).toMatch(/^BudgetExceeded: ada\/same: The whole run may cost at most 400000 microcredits/);
  });

  test("endless evaluation ends at the ceiling, coded", async () => {
    const told = await run("def loop(n) = loop(n + 1)  loop(0)", ceiling(CALL_FEE + 50_000));
    expect(told.end).toMatchObject({ state: "overrun", code: "out-of-fuel" });
    expect(told.end.cost_microcredits).toBeLessThanOrEqual(CALL_FEE + 50_000);
    expect(told.end.cost_microcredits).toBeGreaterThan(CALL_FEE + 40_000);
  });

  test("a ceiling that pays for nothing is refused", async () => {
    const told = await run("1", ceiling(1_000));
    expect([told.status, JSON.parse(told.body)]).toEqual([400, expect.objectContaining({ code: "invalid-parameter" })]);
  });

  test("time is over at ?timeout=", async () => {
    const told = await run('"begun" | Rwait(60000) >> "never"', { query: "?timeout=0.3" });
    expect(texts(told)).toEqual(['"begun"']);
    expect(told.end).toMatchObject({ state: "timeout", publications: 1 });
  });

  test("an account without credits is told so", async () => {
    const poor = await invited(ada, "poor", 1);
    const told = await run("1", { key: poor.key });
    expect([told.status, (JSON.parse(told.body) as { code: string }).code]).toEqual([402, "insufficient-credits"]);
  });

  test("at most LIMITS.orcRunsPerAccount at once of one account, fewer than LIMITS.orcRuns", async () => {
    expect(LIMITS.orcRunsPerAccount).toBeLessThan(LIMITS.orcRuns);
    const cara = await invited(ada, "cara", 10_000_000_000);
    const begun = await Promise.all(
      Array.from({ length: LIMITS.orcRunsPerAccount }, () => begin({ key: cara.key, body: "Rwait(60000)" })),
    );
    expect(begun.map(({ response }) => response.status)).toEqual(begun.map(() => 200));
    const full = await run("1", { key: cara.key });
    expect([full.status, full.headers.get("Retry-After")]).toEqual([503, "1"]);
    await Promise.all(begun.map(async ({ response }) => response.body?.cancel()));
    await Promise.all(begun.map(({ over }) => over()));
    expect((await run("1", { key: cara.key })).status).toBe(200);
  });
});

describe("readers", () => {
  test("a client that goes away ends the run and its calls, and pays what was burned", async () => {
    const before = await balance();
    const gone = new AbortController();
    const body = `"here" | algo("ada/work")("${turns(4_000_000_000)}") | Rwait(60000)`;
    const { response, over } = await begin({ key: bob.key, body, signal: gone.signal });
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    await reader.read();
    await new Promise((resolve) => setTimeout(resolve, 100));
    await reader.cancel();
    gone.abort();
    const began = Date.now();
    await over();
    expect(Date.now() - began).toBeLessThan(4_000);
    const paid = before - (await balance());
    expect(paid).toBeGreaterThanOrEqual(CALL_FEE);
    expect(paid).toBeLessThan(10_000_000);
  });

  test("a slow reader of a storm of publications holds it up: nothing is burned ahead of it", async () => {
    const before = await balance();
    const { response, over } = await begin({ key: bob.key, body: "upto(10000000)" });
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    let bytes = 0;
    for (let i = 0; i < 5; i++) bytes += (await reader.read()).value?.length ?? 0;
    await new Promise((resolve) => setTimeout(resolve, 300));
    await reader.cancel();
    await over();
    expect(bytes).toBeLessThan(5 * LIMITS.orcProgramBytes);
    // Ten million publications would be 10^9 steps.
    expect(before - (await balance())).toBeLessThan(CALL_FEE + 20_000);
  });
});

describe("refused before it begins", () => {
  const codeOf = ({ status, body }: Told): unknown => [status, (JSON.parse(body) as { code: string }).code];

  test.each([
    ["does not compile", "1 +", {}, 422, "invalid-program"],
    ["names what is not there", "x | y", {}, 422, "invalid-program"],
    ["imports what is the server's", 'import site C = "orcade.call"  C("a", 1, 2)', {}, 422, "invalid-program"],
    ["includes a file", 'include "secret.inc"  1', {}, 422, "invalid-program"],
    ["another type", "1", { "Content-Type": "text/html" }, 400, "unsupported-content-type"],
    ["JSON without a program", "{}", json, 400, "invalid-body"],
    ["JSON with more than it takes", '{"program": "1", "speed": 2}', json, 400, "invalid-body"],
    ["no JSON", "{", json, 400, "not-json"],
    ["no key", "1", { Authorization: "" }, 401, "authorization-required"],
  ])("%s", async (_, body, headers, status, code) => {
    expect(codeOf(await run(body, { headers }))).toEqual([status, code]);
  });

  test("what is wrong comes with its places", async () => {
    const told = await run("1 |\n  nobody");
    expect(JSON.parse(told.body)).toMatchObject({
      errors: [{ path: "2:3", message: expect.stringContaining("nobody") }],
    });
  });

  test("a program of LIMITS.orcProgramBytes runs, one byte more is refused; so is a body above LIMITS.orcBodyBytes", async () => {
    const padded = (length: number): string => `1${" ".repeat(length - 1)}`;
    expect((await run(padded(LIMITS.orcProgramBytes))).status).toBe(200);
    expect(codeOf(await run(padded(LIMITS.orcProgramBytes + 1)))).toEqual([413, "body-too-large"]);
    const sent = (length: number): string => `{"program":"1"}${" ".repeat(length - 15)}`;
    expect((await run(sent(LIMITS.orcBodyBytes), { headers: json })).status).toBe(200);
    expect(codeOf(await run(sent(LIMITS.orcBodyBytes + 1), { headers: json }))).toEqual([413, "body-too-large"]);
  });

  test("a key that may not call an algorithm may not call it from a program", async () => {
    const made = await bob.post("/v1/keys", { label: "narrow", scopes: { call: ["ada/text"] } });
    const { key } = await made.json<{ key: string }>();
    const told = await run('algo("ada/same")(1) | algo("ada/text")("t")', { key });
    expect(texts(told)).toEqual(['"t"']);
    expect(errors(told)).toEqual([expect.stringMatching(/^forbidden: ada\/same: /)]);
  });
});
