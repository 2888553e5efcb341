// Users, organisations, source control, environments and the rest of the wire contract (algorithmia-api §6), row by row.
import { gunzipSync } from "node:zlib";
import { beforeAll, describe, expect, test } from "vitest";
import { UNAVAILABLE } from "../../worker/api/wire/rest.ts";
import { tar } from "../../worker/api/wire/tar.ts";
import { nextVersion } from "../../worker/api/wire/publish.ts";
import { seal, sealersOf, unseal } from "../../worker/market/secrets.ts";
import { directoryOf } from "../../worker/objects/directory/object.ts";
import { signUp } from "../support/accounts.ts";
import { type Client, bootstrap } from "../support/client.ts";
import { env, fetchInside } from "../support/inside.ts";
import { testModule } from "../support/modules.ts";

let ada: Client;
let bob: Client;
beforeAll(async () => {
  ada = await bootstrap(fetchInside, "Ada");
  bob = await signUp(fetchInside, env, "bob");
  await directoryOf(env).claim("bob", "user", "bob");
});

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly json: Record<string, any>; // oxlint-disable-line typescript/no-explicit-any -- what clients see
}
async function ask(method: string, path: string, body?: unknown, key: string | null = ada.key): Promise<Answer> {
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const headers = { "Content-Type": "application/json", ...(key === null ? {} : { Authorization: `Bearer ${key}` }) };
  const answer = await fetchInside(`/v1/${path}`, { method, headers, ...sent });
  const text = await answer.text();
  return { status: answer.status, text, json: text === "" ? {} : JSON.parse(text) };
}

describe("api §6 users", () => {
  test("api §6 POST users: an operator makes one; names and addresses are taken once", async () => {
    const wish = { username: "carol", email: "carol@example.org", passwordHash: "x", shouldCreateHello: false };
    const made = await ask("POST", "users", wish);
    expect(made).toMatchObject({
      status: 200,
      json: { username: "carol", email: "carol@example.org", fullname: "", resource_type: "user" },
    });
    expect(made.json).not.toHaveProperty("error");
    expect((await ask("POST", "users", wish)).json["error"].code).toBe(3003);
    expect((await ask("POST", "users", { ...wish, username: "other" })).json["error"].code).toBe(3004);
    expect((await ask("POST", "users", { ...wish, username: "1x" })).status).toBe(400);
    expect((await ask("POST", "users", wish, bob.key)).status).toBe(403);
    expect((await ask("POST", "users", wish, null)).status).toBe(401);
  });

  test("api §6 GET, PUT, DELETE users: by name and UUID", async () => {
    const { id } = (await ask("GET", "users/carol")).json;
    expect((await ask("GET", `users/${id}`)).json["username"]).toBe("carol");
    expect(
      (await ask("GET", "users?limit=100")).json["results"].map((each: Answer["json"]) => each["username"]),
    ).toContain("carol");
    expect((await ask("PUT", "users/carol", { fullname: "Carol C." })).json).toMatchObject({
      fullname: "Carol C.",
      email: "carol@example.org",
    });
    expect(await ask("DELETE", "users/carol")).toMatchObject({ status: 204, text: "" });
    expect((await ask("GET", "users/carol")).json["error"].code).toBe(3000);
    expect((await ask("DELETE", "users/Ada")).status).toBe(403);
    expect((await ask("GET", "users/nobody")).status).toBe(404);
  });

  test("api §6 errors of users, organisations and algorithms: failed calls; [] for unknown", async () => {
    for (const path of ["users/nobody/errors", "organizations/nobody/errors", "users/bob/errors"])
      expect(await ask("GET", path)).toMatchObject({ status: 200, text: "[]" });
    await bob.publish("bob", { name: "trap", visibility: "public" }, testModule("traps"));
    const failed = await bob.call("bob/trap", new Uint8Array(1));
    expect(await failed.json()).toHaveProperty("error");
    const entries = (await ask("GET", "users/bob/errors", undefined, bob.key)).json as unknown as Answer["json"][];
    expect(entries).toMatchObject([
      { algoname: "bob/trap", algoversion: "1.0.0", username: "bob", billable_to: "bob" },
    ]);
    expect(entries[0]?.["created_at"]).toBeGreaterThan(Date.now() - 60_000);
    expect((await ask("GET", "algorithms/bob/trap/errors", undefined, bob.key)).status).toBe(200);
    expect((await ask("GET", "algorithms/bob/trap/errors")).status).toBe(403);
  });

  test("api §6 users' algorithms and keys", async () => {
    const own = (await ask("GET", "users/bob/algorithms", undefined, bob.key)).json;
    expect(own["results"]).toMatchObject([{ name: "trap", version_info: { semantic_version: "1.0.0" } }]);
    await bob.publish("bob", { name: "hidden", visibility: "private" }, testModule("echo"));
    expect((await ask("GET", "users/bob/algorithms")).json["results"]).toHaveLength(1);
    const made = await ask(
      "POST",
      "users/bob/keys",
      { name: "web", algo_acl: ["algo://bob/*"], allow_data: true },
      bob.key,
    );
    expect(made.json).toMatchObject({
      name: "web",
      allow_data: true,
      allow_data_write: false,
      algo_acl: ["algo://bob/*"],
    });
    expect(made.json["key"]).toMatch(/^sim[A-Za-z0-9]{25}$/);
    const listed = await ask("GET", "users/bob/keys", undefined, bob.key);
    expect(listed.text).not.toContain(made.json["key"]);
    expect(listed.text).toContain('"web"');
    const strange = await ask("GET", "users/Ada/keys", undefined, bob.key);
    expect(strange.json["error"].code).toBe(2001);
  });
});

describe("api §6 organisations", () => {
  test("api §6 organisation types: basic, legacy, pro, with ids", async () => {
    const types = (await ask("GET", "organization/types")).json as unknown as { id: string; name: string }[];
    expect(types.map(({ name }) => name)).toEqual(["basic", "legacy", "pro"]);
  });

  test("api §6 POST, GET, PUT, DELETE organisations, by external id", async () => {
    const types = (await ask("GET", "organization/types")).json as unknown as { id: string; name: string }[];
    const wish = {
      org_name: "lab",
      org_label: "The lab",
      org_email: "lab@example.org",
      type_id: types[2]?.id,
      external_id: "ext-1",
    };
    const made = await ask("POST", "organizations", wish);
    expect(made).toMatchObject({ status: 200, json: { ...wish, resource_type: "organization" } });
    expect(made.json).not.toHaveProperty("error");
    expect((await ask("POST", "organizations", wish, bob.key)).json["error"].code).toBe(3101);
    expect((await ask("POST", "organizations", { org_name: "hut", type_id: "x" })).json["error"].code).toBe(3108);
    expect((await ask("GET", "organizations/externalId/ext-1")).json["org_name"]).toBe("lab");
    expect((await ask("GET", "organizations/externalId/ext-1", undefined, bob.key)).status).toBe(404);
    const put = await ask("PUT", "organizations/lab", { org_label: "Another" });
    expect([put.status, put.text]).toEqual([204, ""]);
    expect((await ask("GET", "organizations/lab")).json).toMatchObject({
      org_label: "Another",
      org_email: wish.org_email,
    });
    expect((await ask("PUT", "organizations/lab", {}, bob.key)).json["error"].code).toBe(3100);
  });

  test("api §6 members: 201 added, 200 already, list, 204 gone; keys", async () => {
    expect(await ask("PUT", "organizations/lab/members/bob")).toMatchObject({ status: 201, text: "" });
    expect(await ask("PUT", "organizations/lab/members/bob")).toMatchObject({ status: 200, text: "" });
    const members = (await ask("GET", "organizations/lab/members")).json;
    expect(members).toMatchObject({ marker: null, next_link: null });
    expect(members["results"]).toContainEqual(
      expect.objectContaining({ username: "bob", role: "member", user_link: "/v1/users/bob" }),
    );
    expect((await ask("DELETE", "organizations/lab/members/Ada")).json["error"].code).toBe(3102);
    expect(await ask("DELETE", "organizations/lab/members/bob")).toMatchObject({ status: 204, text: "" });
    expect((await ask("GET", "organizations/lab/keys")).status).toBe(200);
  });

  test("api §6 DELETE organisations: it is gone for everybody", async () => {
    expect(await ask("DELETE", "organizations/lab")).toMatchObject({ status: 204, text: "" });
    expect((await ask("GET", "organizations/lab")).json["error"].code).toBe(3100);
    expect((await ask("POST", "algorithms/lab", { name: "late" })).status).toBe(403);
  });
});

describe("api §6 the rest", () => {
  test("api §6 scms: internal, its status and what it has not", async () => {
    const { results } = (await ask("GET", "scms")).json;
    expect(results).toMatchObject([{ id: "internal", provider: "internal", default: true, enabled: true }]);
    expect((await ask("GET", "scms/internal")).json["id"]).toBe("internal");
    expect((await ask("GET", "scms/internal/oauth/status")).json).toEqual({ authorization_status: "unauthorized" });
    expect((await ask("GET", "scms/github")).json["error"].code).toBe(4008);
    expect((await ask("POST", "scms/internal/oauth/revoke")).json["error"].code).toBe(4009);
    expect((await ask("GET", "scms/internal/oauth/start")).json["error"].code).toBe(4009);
  });

  test("api §6 environments: anaconda3 comes first; a template is a gzip tar for everybody", async () => {
    const languages = (await ask("GET", "algorithm-environments/edge/languages")).json as unknown as { name: string }[];
    expect(languages[0]?.name).toBe("anaconda3");
    const path = "algorithm-environments/edge/languages/assemblyscript/environments";
    const [environment] = (await ask("GET", path)).json["environments"];
    expect(environment).toMatchObject({ machine_type: "CPU", language: { name: "assemblyscript" } });
    const specification = environment.environment_specification_id;
    const url = `/v1/algorithm-environments/edge/environment-specifications/${specification}/template`;
    const packed = await fetchInside(url);
    const files = gunzipSync(Buffer.from(await packed.arrayBuffer()));
    expect(files.length % 512).toBe(0);
    expect(files.subarray(0, 14).toString()).toBe("algorithm.json");
    expect(files.subarray(257, 262).toString()).toBe("ustar");
    expect(files.toString()).toContain("export function apply");
    expect((await fetchInside(url.replace(specification, "x"))).status).toBe(404);
  });

  test("api §6 tar: the checksum of a header is the sum of its bytes with blanks for itself", () => {
    const header = tar([{ name: "a", text: "b" }]).slice(0, 512);
    const written = Number.parseInt(Buffer.from(header.subarray(148, 154)).toString(), 8);
    header.fill(32, 148, 156);
    expect(header.reduce((sum, byte) => sum + byte, 0)).toBe(written);
  });

  test("api §6 secret-provider: its id stands in element 0", async () => {
    const [provider] = (await ask("GET", "secret-provider")).json as unknown as [{ id: string }];
    expect(provider.id).toMatch(/^[0-9a-f-]{36}$/);
  });

  test("api §6 insights: without a key, up to 25 metrics", async () => {
    const some = (count: number) => Array.from({ length: count }, () => ({ insight_key: "k", insight_value: 1 }));
    expect(await ask("POST", "insights", some(25), null)).toMatchObject({ status: 200, text: "{}" });
    expect((await ask("POST", "insights", some(26), null)).status).toBe(400);
    expect((await ask("POST", "insights", [{ insight_value: 1 }], null)).status).toBe(400);
  });

  test("api §6 openapispec: names what the app takes", async () => {
    const { openapi, paths } = (await ask("GET", "openapispec", undefined, null)).json;
    expect(openapi).toBe("3.1.1");
    expect(Object.keys(paths)).toContain("/v1/algorithms/{owner}/{name}/compile");
    expect(paths["/v1/algo/{owner}/{name}"].post.security).toEqual([{ key: [] }]);
  });

  test("api §6 not available: says so to whoever may ask", async () => {
    for (const path of UNAVAILABLE) {
      const answer = await ask("GET", path.slice("/v1/".length).replaceAll(/:(\w+)/g, "$1"));
      expect([path, answer.status, answer.text.includes("not available")]).toEqual([path, 404, true]);
    }
  });
});

test.each([
  [null, "minor", "0.1.0"],
  [null, "revision", "0.1.0"],
  [null, "major", "1.0.0"],
  ["0.1.0", "minor", "0.2.0"],
  ["1.2.3", "revision", "1.2.4"],
  ["1.2.3", "patch", "1.2.4"],
  ["1.2.3", "minor", "1.3.0"],
  ["1.2.3", "major", "2.0.0"],
] as const)("api §5 publish: after %s, %s gives %s", (newest, type, next) => {
  expect(nextVersion(newest, type)).toBe(next);
});

test("api §5 secrets: a sealed value is bound to its place, and every sealing is another", async () => {
  const [sealer] = sealersOf(`a:${Buffer.alloc(32, 7).toString("base64")}`);
  if (sealer === undefined) expect.fail("no sealer");
  const one = await seal(sealer, "Ada/x", "K", "value");
  const two = await seal(sealer, "ada/x", "K", "value");
  expect(Buffer.from(one.sealed).equals(Buffer.from(two.sealed))).toBe(false);
  expect(await unseal([sealer], "ADA/x", "K", one)).toEqual({ ok: true, value: "value" });
  expect(await unseal([sealer], "ada/y", "K", one)).toEqual({ ok: false, error: "forged" });
  expect(await unseal([sealer], "ada/x", "L", one)).toEqual({ ok: false, error: "forged" });
  expect(await unseal([], "ada/x", "K", one)).toEqual({ ok: false, error: "unknown-sealer" });
  expect(sealersOf("a:short")).toEqual([]);
  expect(sealersOf(undefined)).toEqual([]);
});
