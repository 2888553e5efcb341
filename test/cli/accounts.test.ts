// The commands for accounts, keys, organisations and operators: what they send, what they say, what they keep on disk.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { timeToCome } from "../../cli/when.ts";
import { KEY, type Received, type Scripted, orcade, scriptedServer, temporaryFolder } from "./harness.ts";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const bodyOf = (received: Received | undefined): Record<string, unknown> =>
  JSON.parse(received?.body.toString("utf8") ?? "{}");

interface Config {
  readonly keys: Readonly<Record<string, { readonly account: string; readonly key: string }>>;
}
const configIn = (home: string): string => join(home, ".config", "orcade", "config.json");
const read = (home: string): Config => JSON.parse(readFileSync(configIn(home), "utf8"));

describe("orcade signup", () => {
  const made: Scripted = { status: 201, body: { account: "alice", credits_microcredits: 5_000_000 } };
  const signup = (address: string, home: string, ...more: string[]) =>
    orcade(["signup", "alice", "--invite", "inv1", "--address", address, ...more], { home });

  test("keeps the key before the server hears its hash, and says what it has", async () => {
    const home = temporaryFolder();
    let kept: string | undefined;
    const answer = (): Scripted => ((kept = read(home).keys[address]?.key), made);
    const { address, received } = await scriptedServer({ "POST /v1/accounts": answer });
    const { code, stdout } = await signup(address, home);
    expect(code).toBe(0);
    expect(stdout).toContain("5,000,000 microcredits");
    expect(stdout).toContain(configIn(home));
    expect(kept).toMatch(/^sim[A-Za-z0-9]{25}$/);
    expect(stdout).not.toContain(kept);
    expect(bodyOf(received[0])).toEqual({ account: "alice", key_sha256: sha256(kept ?? ""), invite: "inv1" });
    expect(statSync(configIn(home)).mode & 0o777).toBe(0o600);
  });

  test("sends the same key again when the answer was lost", async () => {
    const home = temporaryFolder();
    let tries = 0;
    const flaky = (): Scripted => (++tries === 1 ? { status: 503, body: { detail: "busy" } } : made);
    const { address, received } = await scriptedServer({ "POST /v1/accounts": flaky });
    expect((await signup(address, home)).code).toBe(1);
    expect((await signup(address, home)).code).toBe(0);
    expect(bodyOf(received[1])).toEqual(bodyOf(received[0]));
  });

  test("keeps no key that was refused for good", async () => {
    const home = temporaryFolder();
    const refused = { status: 409, body: { code: "name-taken", detail: "The name alice is taken: choose another." } };
    const { address } = await scriptedServer({ "POST /v1/accounts": refused });
    const { code, stderr } = await signup(address, home);
    expect([code, stderr]).toEqual([1, expect.stringContaining("is taken")]);
    expect(read(home).keys).toEqual({});
  });

  test("does not write over another account's key, and with --show keeps nothing", async () => {
    const home = temporaryFolder();
    const { address, received } = await scriptedServer({ "POST /v1/accounts": made });
    await orcade(["signup", "alice", "--address", address], { home });
    const other = await orcade(["signup", "bob", "--address", address], { home });
    expect([other.code, other.stderr]).toEqual([2, expect.stringContaining("--show")]);
    const before = readFileSync(configIn(home), "utf8");
    const shown = await orcade(["signup", "bob", "--address", address, "--show", "--json"], { home });
    const { key } = JSON.parse(shown.stdout) as { key: string };
    expect(bodyOf(received[1])["key_sha256"]).toBe(sha256(key));
    expect(readFileSync(configIn(home), "utf8")).toBe(before);
    const fresh = temporaryFolder();
    await orcade(["signup", "bob", "--address", address, "--show"], { home: fresh });
    expect(existsSync(configIn(fresh))).toBe(false);
  });

  test("refuses a name that cannot be one before it asks", async () => {
    expect(await orcade(["signup", "1a"])).toMatchObject({ code: 2 });
  });
});

const row = {
  id: "key-0123456789abcdef",
  label: "web\u001b[31m",
  scopes: { call: ["text/*"], data: "read", manage: false, admin: false },
  limits: { microcredits: null, microcredits_per_day: 5_000_000, calls_per_minute: 60 },
  spent: { microcredits: 70_120, microcredits_today: 0 },
  last_used_at: "2026-11-21T10:11:12.000Z",
  expires_at: null,
  revoked_at: null,
};
const asked = async (
  words: readonly string[],
  script: Readonly<Record<string, Scripted>>,
): Promise<{ code: number; stdout: string; stderr: string; received: Received[] }> => {
  const { address, received } = await scriptedServer(script);
  const ran = await orcade([...words, "--address", address, "--key", KEY]);
  return { ...ran, received };
};

describe("orcade keys", () => {
  test("list shows what each may do, page after page, and hides revoked ones", async () => {
    let page = 0;
    const pages = (): Scripted => ({
      body:
        page++ === 0
          ? { results: [row], next_link: "/v1/keys?marker=x" }
          : { results: [{ ...row, label: "old", revoked_at: "2026-11-21T10:11:12.000Z" }], next_link: null },
    });
    const { address } = await scriptedServer({ "GET /v1/keys": pages });
    const { code, stdout, stderr } = await orcade(["keys", "list", "--address", address, "--key", KEY]);
    expect(code).toBe(0);
    expect(stdout).toContain(
      "key-0123456789abcdef  web\\x1b[31m  call text/*, data read  5,000,000/day, 60 calls/min  70,120  2026-11-21 10:11  never",
    );
    expect(stdout).not.toContain("old");
    expect(stderr).toContain("1 revoked");
  });

  test("create sends what was said, and prints the key alone", async () => {
    const words = ["keys", "create", "web", "--call", "text/*", "--call", "genome/kmers", "--data", "none"];
    const bounds = ["--spend", "70", "--spend-per-day", "none", "--expires", "2099-01-31"];
    const made = { ...row, key: "simABCDEFGHIJKLMNOPQRSTUVWXY" };
    const { code, stdout, stderr, received } = await asked([...words, ...bounds], {
      "POST /v1/keys": { status: 201, body: made },
    });
    expect({ code, stdout }).toEqual({ code: 0, stdout: "simABCDEFGHIJKLMNOPQRSTUVWXY\n" });
    expect(stderr).toContain("shown this once");
    expect(bodyOf(received[0])).toEqual({
      label: "web",
      scopes: { call: ["text/*", "genome/kmers"], data: "none" },
      limits: { microcredits: 70, microcredits_per_day: null },
      expires_at: "2099-01-31T00:00:00.000Z",
    });
  });

  test("create of an organisation's", async () => {
    const { received } = await asked(["keys", "create", "--manage", "--org", "lab"], {
      "POST /v1/organizations/lab/keys": { status: 201, body: row },
    });
    expect(bodyOf(received[0])).toEqual({ scopes: { manage: true } });
  });

  test("limit changes only what is said", async () => {
    const words = ["keys", "limit", row.id, "--spend-per-day", "9", "--expires", "never", "--label", "w"];
    const { code, received } = await asked(words, { [`PATCH /v1/keys/${row.id}`]: { body: row } });
    expect(code).toBe(0);
    expect(bodyOf(received[0])).toEqual({ limits: { microcredits_per_day: 9 }, expires_at: null, label: "w" });
  });

  test.for([
    ["--spend", "1.5"],
    ["--spend", "-1"],
    ["--spend", "9007199254740992"],
    ["--expires", "2001-01-01"],
    ["--expires", "soon"],
    [],
  ])("limit with %j is refused here", async (words) => {
    expect(await orcade(["keys", "limit", row.id, ...words, "--key", KEY])).toMatchObject({ code: 2 });
  });

  test("revoke takes an empty answer", async () => {
    const { code, stdout } = await asked(["keys", "revoke", row.id], {
      [`DELETE /v1/keys/${row.id}`]: { status: 204, body: "" },
    });
    expect([code, stdout]).toEqual([0, expect.stringContaining("5 seconds")]);
    const last = { status: 409, body: { code: "last-key", detail: "This is the last key." } };
    const refused = await asked(["keys", "revoke", row.id], { [`DELETE /v1/keys/${row.id}`]: last });
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("keys create --manage")]);
  });
});

describe("orcade org", () => {
  test("add, remove, members", async () => {
    const path = "/v1/organizations/lab/members";
    const added = await asked(["org", "add", "lab", "bob", "--owner", "--json"], {
      [`PUT ${path}/bob`]: { status: 201, body: "" },
    });
    expect(bodyOf(added.received[0])).toEqual({ role: "owner" });
    expect(JSON.parse(added.stdout)).toEqual({ organization: "lab", account: "bob", role: "owner", added: true });
    const removed = await asked(["org", "remove", "lab", "bob"], { [`DELETE ${path}/bob`]: { status: 204, body: "" } });
    expect(removed.code).toBe(0);
    const member = { username: "bob", role: "member", since: "2026-11-21T10:11:12.000Z" };
    const listed = await asked(["org", "members", "lab"], { [`GET ${path}`]: { body: { results: [member] } } });
    expect(listed.stdout).toContain("bob      member  2026-11-21 10:11");
  });
});

describe("orcade admin", () => {
  test("invite sends numbers and a time, and prints the code alone", async () => {
    const words = ["admin", "invite", "--microcredits", "50", "--uses", "3", "--expires", "2d", "--note", "hi"];
    const { code, stdout, stderr, received } = await asked(words, {
      "POST /v1/admin/invites": { status: 201, body: { id: "inv-1", code: "invX", microcredits: 50 } },
    });
    expect({ code, stdout }).toEqual({ code: 0, stdout: "invX\n" });
    expect(stderr).toContain("3 accounts");
    const { expires_at: expires, ...rest } = bodyOf(received[0]);
    expect(rest).toEqual({ microcredits: 50, uses: 3, note: "hi" });
    expect(Math.abs(Date.parse(String(expires)) - Date.now() - 2 * 86_400_000)).toBeLessThan(60_000);
  });

  test.for([
    ["mallory", "POST /v1/admin/accounts/mallory/suspension"],
    ["mallory/miner/1.0.0", "POST /v1/admin/algorithms/mallory/miner/versions/1.0.0/suspension"],
  ] as const)("suspend %s", async ([target, route]) => {
    const { code, received } = await asked(["admin", "suspend", target, "--reason", "spam"], { [route]: { body: {} } });
    expect([code, bodyOf(received[0])]).toEqual([0, { reason: "spam" }]);
    const back = await asked(["admin", "unsuspend", target], { [route]: { body: {} } });
    expect([back.code, bodyOf(back.received[0])]).toEqual([0, { reason: null }]);
  });

  test("suspend needs a reason and something that can be suspended", async () => {
    expect(await orcade(["admin", "suspend", "mallory", "--key", KEY])).toMatchObject({ code: 2 });
    expect(await orcade(["admin", "suspend", "a/b", "--reason", "x", "--key", KEY])).toMatchObject({ code: 2 });
  });
});

test.for([
  ["90m", "2026-01-01T01:30:00.000Z"],
  ["12h", "2026-01-01T12:00:00.000Z"],
  ["30d", "2026-01-31T00:00:00.000Z"],
  ["2026-01-02", "2026-01-02T00:00:00.000Z"],
  ["2026-01-02T10:00+02:00", "2026-01-02T08:00:00.000Z"],
] as const)("%s is %s", ([text, time]) => expect(timeToCome(text, Date.UTC(2026, 0, 1))).toBe(time));
