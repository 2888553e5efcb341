// Organisations: who belongs, who owns, what their keys open; what was decided reaches every member's grant.
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { beforeAll, describe, expect, test } from "vitest";
import { LIMITS } from "../../worker/limits.ts";
import { accountOf } from "../../worker/objects/account/object.ts";
import { invited } from "../support/accounts.ts";
import { Client, bootstrap } from "../support/client.ts";
import { env, fetchInside } from "../support/inside.ts";
import { testModule } from "../support/modules.ts";

let ada: Client;
let bob: Client;
let eve: Client;
beforeAll(async () => {
  ada = await bootstrap(fetchInside, "ada");
  bob = await invited(ada, "Bob");
  eve = await invited(ada, "eve");
});

interface Answer {
  readonly status: number;
  readonly code?: string;
}
async function send(
  who: Client,
  method: string,
  path: string,
  body?: unknown,
): Promise<Answer & Record<string, unknown>> {
  const answer = await who.fetch(path, {
    method,
    headers: { Authorization: `Simple ${who.key}` },
    body: body === undefined ? null : JSON.stringify(body),
  });
  const text = await answer.text();
  return { ...(text === "" ? {} : (JSON.parse(text) as object)), status: answer.status };
}
const outcome = async (...sent: Parameters<typeof send>): Promise<string | number> => {
  const { code, status } = await send(...sent);
  return code ?? status;
};

const found = async (who: Client, name: string): Promise<void> =>
  expect(await send(who, "POST", "/v1/organizations", { org_name: name })).toMatchObject({ org_name: name });
const belongsTo = async (who: Client): Promise<unknown> => (await send(who, "GET", "/v1/account"))["organizations"];
const membersOf = async (who: Client, org: string): Promise<unknown> =>
  (await send(who, "GET", `/v1/organizations/${org}/members`))["results"];

describe("an organisation", () => {
  test("belongs to its founder, who lets others in, raises them, and takes them out", async () => {
    await found(ada, "Lab");
    expect(await outcome(bob, "GET", "/v1/organizations/lab/members")).toBe("unknown-organization");
    expect(await outcome(bob, "PUT", "/v1/organizations/lab/members/bob")).toBe("unknown-organization");
    expect(await outcome(ada, "PUT", "/v1/organizations/LAB/members/bob")).toBe(201);
    expect(await outcome(ada, "PUT", "/v1/organizations/lab/members/Bob")).toBe(200);
    expect(await belongsTo(bob)).toEqual(["Lab"]);
    expect(await membersOf(bob, "lab")).toMatchObject([
      { username: "ada", role: "owner" },
      { username: "Bob", role: "member" },
    ]);
    expect(await outcome(bob, "PUT", "/v1/organizations/lab/members/eve")).toBe("forbidden");
    expect(await outcome(bob, "DELETE", "/v1/organizations/lab/members/ada")).toBe("forbidden");
    expect(await outcome(ada, "PUT", "/v1/organizations/lab/members/bob", { role: "owner" })).toBe(200);
    expect(await send(bob, "GET", "/v1/account")).toMatchObject({ owned_organizations: ["Lab"] });
    expect(await outcome(bob, "PUT", "/v1/organizations/lab/members/eve")).toBe(201);
    expect(await outcome(bob, "DELETE", "/v1/organizations/lab/members/ada")).toBe(204);
    expect(await belongsTo(ada)).toEqual([]);
    expect(await outcome(ada, "GET", "/v1/organizations/lab")).toBe("unknown-organization");
    // Who founded it and left does not come back by founding it again.
    expect(await outcome(ada, "POST", "/v1/organizations", { org_name: "lab" })).toBe("name-taken");
    expect(await send(eve, "GET", "/v1/organizations/lab")).toMatchObject({ org_name: "Lab", role: "member" });
  });

  test("publishes for its members, and no more for one who left", async () => {
    await found(ada, "Press");
    expect((await bob.publish("Press", { name: "one" }, testModule("echo"))).status).toBe(403);
    await send(ada, "PUT", "/v1/organizations/press/members/bob");
    expect((await bob.publish("press", { name: "two" }, testModule("echo"))).status).toBe(201);
    expect(await outcome(bob, "DELETE", "/v1/organizations/press/members/BOB")).toBe(204);
    expect((await bob.publish("press", { name: "three" }, testModule("echo"))).status).toBe(403);
  });

  test("keeps one owner, whatever happens at once", async () => {
    await found(ada, "Pair");
    expect(await outcome(ada, "DELETE", "/v1/organizations/pair/members/ada")).toBe("last-owner");
    expect(await outcome(ada, "PUT", "/v1/organizations/pair/members/ada", { role: "member" })).toBe("last-owner");
    await send(ada, "PUT", "/v1/organizations/pair/members/bob", { role: "owner" });
    const left = await Promise.all([
      outcome(ada, "DELETE", "/v1/organizations/pair/members/ada"),
      outcome(bob, "DELETE", "/v1/organizations/pair/members/bob"),
    ]);
    expect(new Set(left)).toEqual(new Set([204, "last-owner"]));
  });

  test("has only accounts of people as members", async () => {
    await found(ada, "Club");
    await found(ada, "Other");
    for (const who of ["nobody", "Other", "orcade"]) {
      expect(await outcome(ada, "PUT", `/v1/organizations/club/members/${who}`)).toBe("unknown-account");
    }
    expect(await outcome(ada, "DELETE", "/v1/organizations/club/members/eve")).toBe("unknown-member");
    expect(await outcome(ada, "PUT", "/v1/organizations/club/members/eve", { role: "king" })).toBe("invalid-body");
  });

  test("has names that nobody takes for another's", async () => {
    await found(ada, "modern");
    expect(await outcome(bob, "POST", "/v1/organizations", { org_name: "modem" })).toBe("look-alike");
    expect(await outcome(bob, "POST", "/v1/organizations", { org_name: "B0b" })).toBe("look-alike");
    expect(await outcome(bob, "POST", "/v1/organizations", { org_name: "Orcade" })).toBe("name-taken");
    expect(await outcome(bob, "POST", "/v1/organizations", { org_name: "support" })).toBe("name-reserved");
  });
});

describe("its keys", () => {
  test("are made and ended by owners only, open the organisation and nothing of theirs", async () => {
    await found(ada, "Works");
    await send(ada, "PUT", "/v1/organizations/works/members/bob");
    const path = "/v1/organizations/works/keys";
    for (const who of [bob, eve]) expect(await outcome(who, "POST", path, {})).toBe("unknown-organization");
    const made = await send(ada, "POST", path, { label: "builds", scopes: { manage: true } });
    const works = new Client(fetchInside, String(made["key"]));
    expect(await send(works, "GET", "/v1/account")).toMatchObject({
      account: "Works",
      kind: "organisation",
      operator: false,
      organizations: [],
    });
    expect((await works.publish("works", { name: "echo" }, testModule("echo"))).status).toBe(201);
    expect((await works.publish("ada", { name: "echo" }, testModule("echo"))).status).toBe(403);
    expect(await outcome(works, "PUT", "/v1/organizations/works/members/eve")).toBe("forbidden");
    expect(await outcome(works, "POST", "/v1/organizations", { org_name: "Sub" })).toBe("forbidden");
    expect(await outcome(bob, "DELETE", `${path}/${String(made["id"])}`)).toBe("unknown-organization");
    expect(await send(ada, "GET", path)).toMatchObject({ results: [{ label: "builds" }] });
    // An organisation may be without keys: its owners have theirs.
    expect(await outcome(ada, "DELETE", `${path}/${String(made["id"])}`)).toBe(204);
    expect((await works.get("/v1/account")).status).toBe(401);
  });
});

describe("a suspended organisation", () => {
  test("is nobody's until it is let back in", async () => {
    await found(ada, "Shady");
    await send(ada, "PUT", "/v1/organizations/shady/members/bob");
    const { key } = await send(ada, "POST", "/v1/organizations/shady/keys", {});
    const suspension = "/v1/admin/accounts/shady/suspension";
    expect(await outcome(ada, "POST", suspension, { reason: "spam" })).toBe(200);
    expect([await belongsTo(ada), await belongsTo(bob)].flat()).not.toContain("Shady");
    expect((await bob.publish("shady", { name: "echo" }, testModule("echo"))).status).toBe(403);
    expect(await outcome(new Client(fetchInside, String(key)), "GET", "/v1/account")).toBe("account-suspended");
    expect(await outcome(ada, "POST", suspension, { reason: null })).toBe(200);
    expect(await belongsTo(bob)).toContain("Shady");
    expect((await send(ada, "GET", "/v1/account"))["owned_organizations"]).toContain("Shady");
    expect((await bob.publish("shady", { name: "echo" }, testModule("echo"))).status).toBe(201);
  });

  test("cannot be an operator", async () => {
    await found(ada, "Rulers");
    expect(await outcome(ada, "PATCH", "/v1/admin/accounts/rulers", { operator: true })).toBe("forbidden");
  });
});

describe("what was decided", () => {
  test("reaches an account that could not be told at once, and an older word does not undo it", async () => {
    await found(ada, "Slow");
    const slow = accountOf(env, "slow");
    await runInDurableObject(slow, (_, state) => {
      state.storage.sql.exec("INSERT INTO member VALUES ('bob', 'Bob', 'member', 4, 0, 5)");
    });
    expect(await belongsTo(bob)).not.toContain("Slow");
    await send(ada, "PUT", "/v1/organizations/slow/members/eve");
    // The plan for those who were not told stands as long as anybody is not.
    await runInDurableObject(slow, async (_, state) => {
      state.storage.sql.exec("UPDATE agenda SET due = 0");
      await state.storage.setAlarm(Date.now() + 60_000);
    });
    await runDurableObjectAlarm(slow);
    await new Promise((resolve) => setTimeout(resolve, 0));
    const account = accountOf(env, "bob");
    await account.hear("Slow", "owner", 3);
    const roles = await runInDurableObject(account, (_, state) =>
      state.storage.sql.exec("SELECT role, revision FROM membership WHERE organisation = 'Slow'").toArray(),
    );
    expect(roles).toEqual([{ role: "member", revision: 4 }]);
  });
});

describe("limits", () => {
  /** Makes rows as many members would have. */
  const fill = (org: string, count: number): Promise<void> =>
    runInDurableObject(accountOf(env, org), (_, state) => {
      for (let n = 0; n < count; n++) {
        state.storage.sql.exec("INSERT INTO member VALUES (?, ?, 'member', 1, 1, 0)", `m${n}`, `m${n}`);
      }
    });

  test("members of one organisation", async () => {
    await found(ada, "Crowd");
    await fill("crowd", LIMITS.members - 2);
    expect(await outcome(ada, "PUT", "/v1/organizations/crowd/members/bob")).toBe(201);
    expect(await outcome(ada, "PUT", "/v1/organizations/crowd/members/eve")).toBe("too-many-members");
    expect(await outcome(ada, "DELETE", "/v1/organizations/crowd/members/bob")).toBe(204);
    expect(await outcome(ada, "PUT", "/v1/organizations/crowd/members/eve")).toBe(201);
    const seen: unknown[] = [];
    for (let path: unknown = "/v1/organizations/crowd/members?limit=100"; typeof path === "string";) {
      const page = await send(ada, "GET", path);
      seen.push(...(page["results"] as unknown[]));
      path = page["next_link"];
    }
    expect(seen).toHaveLength(LIMITS.members);
  });

  test("organisations one account belongs to", async () => {
    const zoe = await invited(ada, "zoe");
    await runInDurableObject(accountOf(env, "zoe"), (_, state) => {
      for (let n = 0; n < LIMITS.memberships - 1; n++) {
        state.storage.sql.exec("INSERT INTO membership VALUES (?, 'member', 0, 1, 0)", `o${n}`);
      }
    });
    await found(ada, "Last");
    await found(ada, "Further");
    expect(await outcome(ada, "PUT", "/v1/organizations/last/members/zoe")).toBe(201);
    expect(await outcome(ada, "PUT", "/v1/organizations/further/members/zoe")).toBe("too-many-organizations");
    expect(await belongsTo(zoe)).toHaveLength(LIMITS.memberships);
  });
});
