// Algorithms that reach outside: the Internet as far as manifest, key and address allow, and their own secrets. The Internet is
// the test's own, behind the binding that a deployment's gateway has; all that stands before it is real.
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { LIMITS } from "../../worker/limits.ts";
import { invited } from "../support/accounts.ts";
import { Client, bootstrap } from "../support/client.ts";
import { fetchWith } from "../support/inside.ts";
import { testModule } from "../support/modules.ts";
import { priced, relay, variant } from "./relay.ts";

const PAGES: Readonly<Record<string, (request: Request) => Response | Promise<Response>>> = {
  "https://pages.orcade-tests.net/hello": () => new Response("hello", { headers: { "X-Colour": "blue" } }),
  "https://pages.orcade-tests.net/echo": async (request) =>
    new Response(`${request.method} ${request.headers.get("X-Mine")} ${await request.text()}`, { status: 201 }),
  "https://pages.orcade-tests.net/hops": (request) => new Response(request.headers.get("Orcade-Hops")),
  "https://pages.orcade-tests.net/long": () => new Response(new Uint8Array(LIMITS.fetchAnswerBytes + 1)),
  "https://pages.orcade-tests.net/most": () => new Response(new Uint8Array(LIMITS.fetchAnswerBytes)),
  "https://pages.orcade-tests.net/down": () => Promise.reject(new Error("no route")),
};
/** Redirects, by what follows `/to/`. */
const redirect = (url: string): Response | undefined => {
  const to = /\/to\/(.*)$/.exec(url)?.[1];
  return to === undefined ? undefined : new Response(null, { status: 302, headers: { Location: to } });
};
const asked: string[] = [];
const EGRESS = {
  fetch: async (url: URL | string, init?: RequestInit) => {
    const request = new Request(url, { ...init, signal: null });
    asked.push(`${request.method} ${request.url}`);
    const page = PAGES[request.url];
    return redirect(request.url) ?? (page === undefined ? new Response("none", { status: 404 }) : page(request));
  },
} as unknown as Fetcher;
const ORCADE_SECRET_KEYS = `k1:${Buffer.alloc(32, 1).toString("base64")}`;
const fetchInside = fetchWith({ EGRESS, ORCADE_SECRET_KEYS });

let ada: Client;
let bob: Client;
const OUTSIDE = { permissions: ["internet", "secrets", "data"] };
const encoder = new TextEncoder();

beforeAll(async () => {
  ada = await bootstrap(fetchInside, "ada");
  bob = await invited(ada, "bob", 1_000_000_000);
  bob = new Client(fetchInside, bob.key);
  expect((await ada.publish("ada", { name: "outside", ...OUTSIDE }, testModule("outside"))).status).toBe(201);
  await ada.publish("ada", { name: "other", ...OUTSIDE }, variant(testModule("outside"), 1));
  await ada.publish("ada", { name: "relay", permissions: ["call"] }, testModule("relay"));
  await ada.publish("ada", { name: "open", permissions: ["call", "internet"] }, variant(testModule("relay"), 2));
  await make("mine", "file", "bob's own");
  const [provider] = await (await ada.get("/v1/secret-provider")).json<[{ id: string }]>();
  const secret = { owner_type: "algorithm", short_name: "key", provider_id: provider.id, description: "" };
  const more = { secret_key: "API_KEY", secret_value: "s3cr3t" };
  expect((await ada.post("/v1/algorithms/ada/outside/secrets", { ...secret, ...more })).status).toBe(200);
});
beforeEach(() => void asked.splice(0));

async function make(collection: string, file: string, bytes: string): Promise<void> {
  await bob.post("/v1/data/.my", { name: collection, acl: { read: [] } });
  const headers = { Authorization: `Simple ${bob.key}` };
  await fetchInside(`/v1/data/.my/${collection}/${file}`, { method: "PUT", body: bytes, headers });
}

const run = (input: string, client = bob, headers = {}) =>
  priced(client.call("ada/outside", encoder.encode(input), headers));
/** Headers and body of a request; or the error's type. */
async function fetched(head: string, client = bob): Promise<string> {
  const { text, body } = await run(`f${head}`, client);
  if (body.error !== undefined) return body.error.error_type;
  const error = /^\{"error_type":"(\w+)"/.exec(text)?.[1];
  return error ?? text.slice(2);
}

async function keyOf(scopes: object): Promise<Client> {
  const all = { call: ["*"], data: "write", manage: false, admin: false, ...scopes };
  const answer = await bob.post("/v1/keys", { label: "a key", scopes: all });
  expect(answer.status).toBe(201);
  return new Client(fetchInside, (await answer.json<{ key: string }>()).key);
}

describe("fetch", () => {
  test("brings status, headers and body", async () => {
    const { text } = await run("fGET https://pages.orcade-tests.net/hello");
    expect(text).toContain("x-colour: blue\n");
    expect(text.endsWith("hello")).toBe(true);
    expect((await run("fGET https://pages.orcade-tests.net/none")).text).toMatch(/none$/);
    const posted = await run("pPOST https://pages.orcade-tests.net/echo\nX-Mine: yes\0the body");
    expect(posted.text.endsWith("POST yes the body")).toBe(true);
  });

  test("counts how often a request has passed through us", async () => {
    const ran = await run("fGET https://pages.orcade-tests.net/hops", bob, { "Orcade-Hops": "2" });
    expect(ran.text.endsWith("3")).toBe(true);
    const looped = await run("fGET https://pages.orcade-tests.net/hops", bob, { "Orcade-Hops": "4" });
    expect(looped.text).toContain("again and again");
  });

  test.for([
    "http://pages.orcade-tests.net/hello",
    "https://127.0.0.1/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::1]/",
    "https://169.254.169.254/latest/meta-data/",
    "https://[fe80::1]/",
    "https://10.0.0.1/",
    "https://localhost/",
    "https://2130706433/",
    "https://0x7f.1/",
    "https://user:password@pages.orcade-tests.net/hello",
    "https://pages.orcade-tests.net:22/",
    "ftp://pages.orcade-tests.net/",
    "nonsense",
  ])("refuses %s before anything leaves", async (url) => {
    expect(await fetched(`GET ${url}`)).toBe("FetchRefused");
    expect(asked).toEqual([]);
  });

  test.for(["https://127.0.0.1/", "http://pages.orcade-tests.net/hello", "https://[::ffff:10.0.0.1]/"])(
    "follows no redirect to %s",
    async (to) => {
      expect(await fetched(`GET https://pages.orcade-tests.net/to/${to}`)).toBe("FetchRefused");
      expect(asked).toHaveLength(1);
    },
  );

  test("follows others", async () => {
    const head = "GET https://pages.orcade-tests.net/to/https://pages.orcade-tests.net/hello";
    expect(await fetched(head)).toMatch(/hello$/);
  });

  test("does not come back to us", async () => {
    const own = fetchWith({ EGRESS, ORCADE_HOSTS: "orcade.test,orcade.example.net" });
    const client = new Client(own, bob.key);
    const ran = await run("fGET https://orcade.example.net/v1/health", client, { Host: "orcade.test" });
    expect(ran.text).toContain("FetchRefused");
    expect(asked).toEqual([]);
  });

  test.for([
    ["GET", "InvalidRequest"],
    ["", "InvalidRequest"],
    ["TRACE https://pages.orcade-tests.net/hello", "InvalidRequest"],
    ["GET https://pages.orcade-tests.net/hello\nNo colon", "InvalidRequest"],
    ["GET https://pages.orcade-tests.net/hello\nHost: elsewhere.net", "FetchRefused"],
    ["GET https://pages.orcade-tests.net/hello\nOrcade-Hops: 0", "FetchRefused"],
    ["GET https://pages.orcade-tests.net/down", "FetchFailed"],
    ["GET https://pages.orcade-tests.net/long", "FetchFailed"],
  ] as const)("%j ends as %s", async ([head, error]) => expect(await fetched(head)).toBe(error));

  test("brings LIMITS.fetchAnswerBytes", async () => {
    const { text } = await run("fGET https://pages.orcade-tests.net/most");
    expect(text.length).toBeGreaterThan(LIMITS.fetchAnswerBytes);
  });
});

describe("a plug-in's http_request", () => {
  const ask = async (request: object, permissions = ["internet"]) => {
    const wanted = { name: `plugin-${permissions.length}`, permissions, more: { abi: "extism", entry: "ask" } };
    await ada.publish("ada", wanted, testModule("plugin-asks"));
    return priced(bob.call(`ada/${wanted.name}`, encoder.encode(JSON.stringify(request))));
  };

  test("brings the body and the status", async () => {
    expect((await ask({ url: "https://pages.orcade-tests.net/hello" })).text).toBe("hello");
    const { body } = await ask({ url: "https://pages.orcade-tests.net/none", method: "POST" });
    expect(body.error).toMatchObject({ error_type: "PluginError", message: expect.stringContaining("404") });
    expect(asked).toEqual(["GET https://pages.orcade-tests.net/hello", "POST https://pages.orcade-tests.net/none"]);
  });

  test("is refused as any other: private hosts, and without the permission", async () => {
    const { body } = await ask({ url: "https://127.0.0.1/" });
    expect(body.error?.error_type).toBe("FetchRefused");
    expect((await ask({ url: "https://pages.orcade-tests.net/hello" }, [])).body.error?.error_type).toBe("NoInternet");
    expect(asked).toEqual([]);
  });
});

describe("who may", () => {
  test("nobody with a key that forbids it", async () => {
    const offline = await keyOf({ internet: false });
    expect(await fetched("GET https://pages.orcade-tests.net/hello", offline)).toBe("NoInternet");
    expect((await run("gdata://bob/mine/file", offline)).text).toBe("bob's own");
    expect(asked).toEqual([]);
  });

  test("only below algorithms that ask for it, too", async () => {
    const inner = encoder.encode("fGET https://pages.orcade-tests.net/hello");
    expect((await priced(bob.call("ada/relay", relay("ada/outside", inner)))).text).toContain("NoInternet");
    expect((await priced(bob.call("ada/open", relay("ada/outside", inner)))).text).toMatch(/hello$/);
  });

  test("and sees of the caller's data what the input names, unless the key says more", async () => {
    expect((await run("gdata://bob/mine/file")).text).toBe("bob's own");
    expect((await run("gdata://.my/mine/file")).text).toBe("bob's own");
    const hidden = "gdata://bob//mine/file";
    expect((await run(hidden)).text).toBe("absent");
    expect((await run("gdata:bob/mine/file")).text).toBe("absent");
    expect((await run(hidden, await keyOf({ internet: true }))).text).toBe("bob's own");
  });

  test("a key that forbids it cannot make one that allows it", async () => {
    const offline = await keyOf({ internet: false, manage: true });
    const scopes = { call: ["*"], data: "read", manage: false, admin: false };
    expect((await offline.post("/v1/keys", { label: "more", scopes })).status).toBe(403);
    expect((await offline.post("/v1/keys", { label: "same", scopes: { ...scopes, internet: false } })).status).toBe(
      201,
    );
  });

  test("nobody without the permission: such a module is not published", async () => {
    const answer = await ada.publish("ada", { name: "sly", permissions: ["data"] }, testModule("outside"));
    expect([answer.status, await answer.text()]).toEqual([422, expect.stringContaining("internet")]);
  });
});

describe("secrets", () => {
  test("are read by their own algorithm, whoever calls it, and by no other", async () => {
    expect((await run("sAPI_KEY")).text).toBe("s3cr3t");
    expect((await run("sNONE")).text).toBe("absent");
    expect((await priced(bob.call("ada/other", encoder.encode("sAPI_KEY")))).text).toBe("absent");
  });

  test("stand in no record, receipt or tape", async () => {
    const ran = await run("sAPI_KEY", bob, { "X-Orcade-Keep": "input" });
    for (const path of ["", "/tree", "/receipt", "/kept"]) {
      const text = await (await bob.get(`/v1/calls/${ran.id}${path}`)).text();
      expect(text).not.toContain("s3cr3t");
      expect(text).not.toContain(btoa("s3cr3t"));
    }
  });
});
