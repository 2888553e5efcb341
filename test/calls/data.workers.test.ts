// Algorithms that read data, inside workerd with the real collections: whose they may read, and what they get.
import { beforeAll, describe, expect, test } from "vitest";
import { LIMITS } from "../../worker/limits.ts";
import { invited } from "../support/accounts.ts";
import { type Client, bootstrap } from "../support/client.ts";
import { fetchInside } from "../support/inside.ts";
import { testModule } from "../support/modules.ts";
import { chain, priced, relay } from "./relay.ts";
import { SCRIPTED, script } from "./script.ts";

let ada: Client;
let alice: Client;
let bob: Client;
const MONEY = 1_000_000_000;
const data = { permissions: ["data"] };
const encoder = new TextEncoder();

const as = (client: Client, path: string, init: RequestInit = {}): Promise<Response> =>
  fetchInside(`/v1/${path}`, { ...init, headers: { Authorization: `Simple ${client.key}` } });

async function collection(client: Client, name: string, acl: readonly string[], files: Record<string, BodyInit>) {
  const body = JSON.stringify({ name, acl: { read: acl } });
  expect((await as(client, "data/.my", { method: "POST", body })).status).toBe(200);
  for (const [file, bytes] of Object.entries(files)) {
    expect((await as(client, `data/.my/${name}/${file}`, { method: "PUT", body: bytes })).status).toBe(200);
  }
}

const BIG = Uint8Array.from({ length: 2_500_000 }, (_, n) => n * 31 + (n >> 8));

beforeAll(async () => {
  ada = await bootstrap(fetchInside, "ada");
  alice = await invited(ada, "alice");
  bob = await invited(ada, "bob", MONEY);
  await alice.publish("alice", { name: "data", ...data }, testModule("data"));
  await ada.publish("ada", { name: "data", ...data }, testModule("data"));
  await ada.publish("ada", { name: "relay", permissions: ["call"] }, testModule("relay"));
  await ada.publish("ada", { name: "both", permissions: ["call", "data"] }, testModule("relay"));
  await collection(bob, "mine", [], { "a.txt": "bob's own", empty: "", big: BIG });
  await collection(alice, "words", ["algo://.my/*"], { "en.txt": "alice's words" });
  await collection(alice, "closed", [], { "x.txt": "alice's alone" });
  await collection(alice, "open", ["user://*"], { "y.txt": "everybody's" });
});

const asked = (what: number, path: string, rest = new Uint8Array(0)): Uint8Array<ArrayBuffer> => {
  const name = encoder.encode(path);
  return Uint8Array.of(what, name.length, ...name, ...rest);
};
const get = (path: string): Uint8Array<ArrayBuffer> => asked(0, path);
function range(path: string, from: bigint, count: number): Uint8Array<ArrayBuffer> {
  const rest = new DataView(new ArrayBuffer(12));
  rest.setBigInt64(0, from, true);
  rest.setInt32(8, count, true);
  return asked(1, path, new Uint8Array(rest.buffer));
}
const u32 = (value: number): Uint8Array => new Uint8Array(Uint32Array.of(value).buffer);
const bytesIn = (body: { readonly result?: string }): Uint8Array =>
  Uint8Array.from(atob(body.result ?? ""), (character) => character.charCodeAt(0));

describe("whose data a module reads", () => {
  test.for<readonly [algorithm: string, path: string, answer: string]>([
    ["alice/data", "data://bob/mine/a.txt", "bob's own"],
    ["alice/data", "data://.my/mine/a.txt", "bob's own"],
    ["ada/data", "data://BOB/mine/a%2Etxt", "bob's own"],
    ["alice/data", "data://bob/mine/none", "absent"],
    ["alice/data", "data://bob/none/a.txt", "absent"],
    ["alice/data", "data://bob/mine", "absent"],
    ["alice/data", "", "absent"],
    ["alice/data", "s3://bob/mine/a.txt", "absent"],
    ["alice/data", "data://alice/words/en.txt", "alice's words"],
    ["ada/data", "data://alice/words/en.txt", "absent"],
    ["alice/data", "data://alice/closed/x.txt", "absent"],
    ["ada/data", "data://alice/closed/x.txt", "absent"],
    ["ada/data", "data://alice/open/y.txt", "everybody's"],
    ["alice/data", "data://.algo/alice/other/perm/x", "absent"],
  ])("%s reads %s for bob: %s", async ([algorithm, path, answer]) => {
    expect((await priced(bob.call(algorithm, get(path)))).text).toBe(answer);
  });

  test("nobody's but the author's with a key that may read none", async () => {
    const made = await as(bob, "keys", {
      method: "POST",
      body: JSON.stringify({ label: "blind", scopes: { call: ["*"], data: "none", manage: false, admin: false } }),
    });
    expect(made.status).toBe(201);
    const { key } = await made.json<{ key: string }>();
    const blind = async (algorithm: string, path: string): Promise<string> => {
      const headers = { Authorization: `Simple ${key}`, "Content-Type": "application/octet-stream" };
      const answer = fetchInside(`/v1/algo/${algorithm}`, { method: "POST", body: get(path), headers });
      return (await priced(answer)).text;
    };
    expect(await blind("alice/data", "data://bob/mine/a.txt")).toBe("absent");
    expect(await blind("ada/data", "data://alice/open/y.txt")).toBe("absent");
    expect(await blind("alice/data", "data://alice/words/en.txt")).toBe("alice's words");
  });

  test("the caller's only if every algorithm down to it asks for data; its author's in any case", async () => {
    const through = async (name: string, path: string): Promise<string> =>
      (await priced(bob.call(name, relay("alice/data", get(path))))).text;
    expect(await through("ada/relay", "data://bob/mine/a.txt")).toBe("absent");
    expect(await through("ada/both", "data://bob/mine/a.txt")).toBe("bob's own");
    expect(await through("ada/relay", "data://alice/words/en.txt")).toBe("alice's words");
    const deep = chain(["ada/relay", "alice/data"], get("data://bob/mine/a.txt"));
    expect((await priced(bob.call("ada/both", deep))).text).toBe("absent");
  });

  test("none without the permission: such a module is not published", async () => {
    const answer = await alice.publish("alice", { name: "sly" }, testModule("data"));
    expect([answer.status, await answer.text()]).toEqual([422, expect.stringContaining("permission-missing")]);
  });
});

describe("what it gets", () => {
  const MINE = "data://bob/mine/";

  test("whole files, also long and empty ones", async () => {
    const found = bytesIn((await priced(bob.call("alice/data", get(`${MINE}big`)))).body);
    expect(Buffer.compare(found, BIG)).toBe(0);
    expect((await priced(bob.call("alice/data", get(`${MINE}empty`)))).text).toBe("");
  });

  test.for<readonly [file: string, from: bigint, count: number, answer: Uint8Array | string]>([
    ["big", 1_048_570n, 12, BIG.slice(1_048_570, 1_048_582)],
    ["big", 100n, 1_500_000, BIG.slice(100, 1_500_100)],
    ["big", 2_499_999n, 50, BIG.slice(2_499_999)],
    ["big", 2_500_000n, 50, ""],
    ["big", 5_000_000_000n, 50, ""],
    ["big", 7n, 0, ""],
    ["empty", 0n, 10, ""],
    ["none", 0n, 0, "absent"],
    ["none", 0n, 1, "absent"],
  ])("a range of %s from %d, %d bytes", async ([file, from, count, answer]) => {
    const found = bytesIn((await priced(bob.call("alice/data", range(`${MINE}${file}`, from, count)))).body);
    expect(Buffer.compare(found, typeof answer === "string" ? encoder.encode(answer) : answer)).toBe(0);
  });

  test.for<readonly [from: bigint, count: number]>([
    [-1n, 1],
    [BigInt(LIMITS.fileBytes) + 1n, 1],
    [0n, -1],
    [0n, LIMITS.dataReadBytes + 1],
  ])("a range from %d, %d bytes, ends the call", async ([from, count]) => {
    const { body } = await priced(bob.call("alice/data", range(`${MINE}big`, from, count)));
    expect(body.error?.error_type).toBe("DataLimit");
  });

  test("LIMITS.dataReadBytes at once and not one more", async () => {
    const most = new Uint8Array(LIMITS.dataReadBytes + 1).fill(1);
    await as(bob, "data/.my/mine/most", { method: "PUT", body: most.slice(1) });
    await as(bob, "data/.my/mine/more", { method: "PUT", body: most });
    expect((await priced(bob.call("alice/data", get(`${MINE}most`)))).text).toHaveLength(LIMITS.dataReadBytes);
    expect((await priced(bob.call("alice/data", get(`${MINE}more`)))).body.error?.error_type).toBe("DataLimit");
  });

  test("sizes, and names in order, and the tape says that it was told", async () => {
    const size = await priced(bob.call("alice/data", asked(2, `${MINE}big`)));
    expect(new BigInt64Array(bytesIn(size.body).buffer)[0]).toBe(2_500_000n);
    const absent = await priced(bob.call("alice/data", asked(2, `${MINE}none`)));
    expect(new BigInt64Array(bytesIn(absent.body).buffer)[0]).toBe(-1n);
    const listed = await priced(
      bob.call("alice/data", asked(3, "data://.my/mine", Uint8Array.from(encoder.encode("a.txt")))),
    );
    expect(listed.text).toContain("\u0003\u0000\u0000\u0000big\u0005\u0000\u0000\u0000empty");
    expect((await priced(bob.call("alice/data", asked(3, "data://alice/closed")))).text).toBe("absent");
    const call = await (await bob.get(`/v1/calls/${listed.id}`)).json<{ root: object }>();
    expect(call.root).toMatchObject({ host_calls: 1, answers_sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
  });
});

describe("a file that is replaced while a call reads it", () => {
  /** Reads a file, works for a while, and reads it again. */
  const twice = (path: string, work: number): Uint8Array<ArrayBuffer> =>
    script(["get", path], ["call", "ada/work", u32(work)], ["get", path]);
  const put = (body: string): Promise<Response> => as(bob, "data/.my/mine/hot", { method: "PUT", body });

  test.for([
    ["from here", "data://bob//mine/hot"],
    ["from the collection", "data://bob/mine/hot"],
  ])("is read again %s: no call mixes two versions", async ([, path = ""]) => {
    await ada.publish("ada", { name: "script", ...SCRIPTED }, testModule("script"));
    await ada.publish("ada", { name: "work", output: "void" }, testModule("work"));
    // How long the work takes is the machine's affair: what had read all before the file was replaced says nothing.
    let text = "old old ";
    for (let work = 120_000_000; text === "old old " && work < 4e9; work *= 3) {
      await put("old ");
      const running = priced(bob.call("ada/script", twice(path, work)));
      await scheduler.wait(150);
      await put("new ");
      ({ text } = await running);
    }
    expect(text).toBe("new new ");
  });
});
