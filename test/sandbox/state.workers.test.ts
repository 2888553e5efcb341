// State between calls as a database sees it: one consistent view per call, nothing lost, nothing blocked for long.
import { beforeAll, describe, expect, test } from "vitest";
import { type Client, bootstrap } from "../support/client.ts";
import { env, fetchInside, fetchWith } from "../support/inside.ts";
import { testModule } from "../support/modules.ts";

let ada: Client;
const nothing = new Uint8Array(0);

beforeAll(async () => {
  ada = await bootstrap(fetchInside, "ada");
  const state = { permissions: ["state"] };
  await ada.publish("ada", { name: "pair", ...state }, testModule("pair-write"));
  await ada.publish("ada", { name: "pair", version: "1.1.0", ...state }, testModule("pair-read"));
  await ada.publish("ada", { name: "counter", ...state }, testModule("counter"));
});

interface Body {
  readonly result?: string;
  readonly error?: { readonly error_type: string };
}

const bodyOf = async (answer: Promise<Response>): Promise<Body> => (await answer).json<Body>();

describe("a call's view of state", () => {
  test("is one moment of the store, for those who only read too", async () => {
    await bodyOf(ada.call("ada/pair/1.0.0", nothing));
    const calls = Array.from({ length: 40 }, (_, n) =>
      bodyOf(ada.call(`ada/pair/${n % 2 === 0 ? "1.0.0" : "1.1.0"}`, nothing)),
    );
    const bodies = await Promise.all(calls);
    expect(bodies.filter((body) => body.error !== undefined)).toEqual([]);
    const last = (await bodyOf(ada.call("ada/pair/1.1.0", nothing))).result ?? "";
    const pair = new Uint32Array(Uint8Array.from(atob(last), (character) => character.charCodeAt(0)).buffer);
    expect([...pair]).toEqual([21, 21]);
  });
});

/** The real objects, but some answers of the State object are replaced by failures. */
function failing(method: "get" | "prepare", times: number): Fetch {
  let left = times;
  const namespace = new Proxy(env.STATE, {
    get(target, property) {
      if (property !== "get") return (Reflect.get(target, property) as (...args: unknown[]) => unknown).bind(target);
      return (id: DurableObjectId) => {
        const stub = target.get(id);
        const methods = stub as unknown as Record<string, (...args: unknown[]) => unknown>;
        return new Proxy(stub, {
          get(_, name) {
            if (name === method && left-- > 0) return () => Promise.reject(new Error("overloaded: internal detail"));
            return (...args: unknown[]) => methods[String(name)]?.(...args);
          },
        });
      };
    },
  });
  return fetchWith({ STATE: namespace });
}

type Fetch = typeof fetchInside;

describe("a store that fails", () => {
  test.for([
    ["get", 503],
    ["prepare", 503],
  ] as const)("is our failure, not the author's: %s", async ([method, status]) => {
    const fetchFailing = failing(method, 1);
    const init = {
      method: "POST",
      headers: { Authorization: ada.key, "Content-Type": "application/octet-stream" },
      body: nothing,
    };
    const failed = await fetchFailing("/v1/algo/ada/counter", init);
    expect(failed.status).toBe(status);
    expect(await failed.text()).not.toContain("internal detail");
    expect((await fetchFailing("/v1/algo/ada/counter", init)).status).toBe(200);
  });
});
