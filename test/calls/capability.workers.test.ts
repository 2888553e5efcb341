// A capability dies with its call: what is asked of it afterwards, or by who was given up, is answered by nothing and does
// nothing. A module cannot ask so late; a guest that was broken into could.
import { beforeAll, describe, expect, test, vi } from "vitest";
import { CallHost } from "../../worker/calls/host.ts";
import type { Invocation } from "../../worker/calls/invocation.ts";
import { type Client, bootstrap } from "../support/client.ts";
import { fetchInside } from "../support/inside.ts";
import { testModule } from "../support/modules.ts";
import { priced } from "./relay.ts";

let ada: Client;

beforeAll(async () => {
  ada = await bootstrap(fetchInside, "ada");
  await ada.publish("ada", { name: "counter", permissions: ["state"] }, testModule("counter"));
});

const KEY = new TextEncoder().encode("n");
const NONE = new Uint8Array(0);

/** Everything a guest may ask that answers it, or does something. */
const QUESTIONS: Readonly<Record<string, (host: CallHost) => Promise<unknown>>> = {
  stateGet: (host) => host.stateGet(KEY),
  stateList: (host) => host.stateList(NONE, NONE, 10),
  dataSize: (host) => host.dataSize("data://.my/a/b"),
  dataRead: (host) => host.dataRead("data://.my/a/b", 0, 1),
  dataList: (host) => host.dataList("data://.my/a", "", 10),
  dataPut: (host) => host.dataPut("data://.my/a/b", KEY),
  dataDelete: (host) => host.dataDelete("data://.my/a/b"),
  fetch: (host) => host.fetch({ method: "GET", url: "https://example.com/", headers: [], body: null }),
  secretGet: (host) => host.secretGet("KEY"),
  extend: (host) => host.extend(0),
  call: (host) => host.call("ada/counter", 2, NONE, 0),
  callAll: (host) => host.callAll([{ callee: "ada/counter", kind: 2, input: NONE }], 0),
};

/** Asks as an RPC would: what throws rejects. */
const asked = async (host: CallHost, name: string): Promise<unknown> => QUESTIONS[name]?.(host);

describe("a capability", () => {
  test("of a call that has ended answers nothing, does nothing, and costs nothing", async () => {
    const spy = vi.spyOn(CallHost.prototype, "stateGet");
    const first = await priced(ada.call("ada/counter", NONE));
    const [host] = spy.mock.contexts;
    spy.mockRestore();
    expect(first.text.charCodeAt(0)).toBe(1);
    if (!(host instanceof CallHost)) throw new TypeError("the counter did not ask its host");
    const balance = async (): Promise<unknown> => (await ada.get("/v1/account")).json();
    const before = await balance();
    for (const name of Object.keys(QUESTIONS)) await expect(asked(host, name), name).rejects.toThrow();
    await host.progress(0.5, "late");
    await host.cancelled();
    expect(await balance()).toEqual(before);
    expect((await priced(ada.call("ada/counter", NONE))).text.charCodeAt(0)).toBe(2);
  });

  test("that was cut off answers nothing, although its call goes on", async () => {
    const manifest = {
      permissions: ["state", "data", "data-write", "internet", "secrets", "call"],
    } as unknown as Invocation["release"]["manifest"];
    const said = vi.fn();
    const tree = { facts: { said } };
    // Whatever it reached beyond its own check would throw something else, for there is nothing.
    const live = { alive: true, parent: null, hostCalls: 0, release: { manifest }, tree } as unknown as Invocation;
    const leash = { acted: false, cut: false };
    const host = new CallHost(live, leash);
    await host.progress(0.5, "in time");
    leash.cut = true;
    for (const name of Object.keys(QUESTIONS)) {
      await expect(asked(host, name), name).rejects.toMatchObject({ name: "NotAllowed" });
    }
    await host.progress(0.75, "late");
    expect(said.mock.calls).toEqual([[{ fraction: 0.5, note: "in time" }]]);
    expect(live.hostCalls).toBe(0);
  });
});
