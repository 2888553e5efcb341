// Signing up as people do, by the command line against a real server; and sign-ups whose server is killed between their
// steps, which end the same when they are sent again.
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newKey } from "../../worker/market/access/secret.ts";
import { sha256OfText } from "../../worker/market/hash.ts";
import { type Ran, orcade } from "../cli/harness.ts";
import { type System, TORTURE, randomFrom, seedOf, startSystem, untilHealthy } from "../support/server.ts";

const KILLS = TORTURE ? 40 : 3;
/** Sign-ups under way at once while the server is killed. */
const AT_ONCE = 4;
const CREDITS = 1_000_000;

let system: System;
let home: string;

beforeAll(async () => {
  system = await startSystem();
  home = mkdtempSync(join(tmpdir(), "orcade-signup-"));
});
afterAll(async () => {
  await system.end();
  rmSync(home, { recursive: true, force: true });
});

/** A command as one person types it: with a home folder of their own. */
const as = (person: string, ...words: string[]): Promise<Ran> =>
  orcade([...words, "--address", system.server.url], {
    home: join(home, person),
    cwd: home,
    env: { ORCADE_HOME: join(home, person, "none"), ...(person === "ada" ? { ORCADE_API_KEY: system.ada.key } : {}) },
  });

async function json(person: string, ...words: string[]): Promise<Record<string, unknown>> {
  const { stdout, stderr, code } = await as(person, ...words, "--json");
  expect([code, stderr, stdout]).toEqual([0, expect.any(String), expect.stringMatching(/^[{[]/)]);
  return JSON.parse(stdout);
}
const exits = async (person: string, ...words: string[]): Promise<unknown> => {
  const { code, stdout } = await as(person, ...words, "--json");
  return code === 0 ? 0 : (JSON.parse(stdout) as { error: { code: string } }).error.code;
};

interface Listed {
  readonly results: readonly { readonly account: string }[];
}
/** What the key's account is and has. */
async function entered(key: string): Promise<unknown> {
  const answer = await system.fetch("/v1/account", { headers: { Authorization: key } });
  const { account, balance_microcredits: balance } = (await answer.json()) as Record<string, unknown>;
  return [account, balance];
}

test("an operator invites, two sign up, limit their keys, found an organisation, and one is suspended", async () => {
  const invite = await as("ada", "admin", "invite", "--microcredits", "5000000", "--uses", "2", "--note", "workshop");
  const code = invite.stdout.trim();
  expect(code).toMatch(/^inv[A-Za-z0-9]{25}$/);
  expect(await exits("alice", "signup", "alice")).toBe("invite-required");
  expect(await json("alice", "signup", "alice", "--invite", code)).toMatchObject({ credits_microcredits: 5_000_000 });
  // Again: the key is the one kept, so it is the same sign-up.
  expect(await json("alice", "signup", "alice", "--invite", code)).toMatchObject({ credits_microcredits: 5_000_000 });
  expect(await exits("mallory", "signup", "AIice", "--invite", code)).toBe("look-alike");
  expect(await exits("bob", "signup", "bob", "--invite", code)).toBe(0);
  expect(await exits("eve", "signup", "eve", "--invite", code)).toBe("invite-used-up");
  expect(await json("alice", "whoami")).toMatchObject({ account: "alice", balance_microcredits: 5_000_000 });

  const made = await json("alice", "keys", "create", "site", "--call", "alice/*", "--spend-per-day", "9");
  expect(await exits("alice", "keys", "limit", String(made["id"]), "--spend", "70", "--expires", "30d")).toBe(0);
  const withSite = (...words: string[]): Promise<unknown> => exits("alice", ...words, "--key", String(made["key"]));
  expect([await withSite("whoami"), await withSite("keys", "list")]).toEqual([0, "scope-missing"]);
  expect(await exits("alice", "keys", "revoke", String(made["id"]))).toBe(0);
  expect(await withSite("whoami")).toBe("unknown-key");

  expect(await exits("alice", "org", "create", "lab")).toBe(0);
  expect(await exits("bob", "org", "members", "lab")).toBe("unknown-organization");
  expect(await exits("alice", "org", "add", "lab", "bob")).toBe(0);
  expect((await as("bob", "org", "members", "lab")).stdout).toMatch(/alice +owner.*\nbob +member/);
  expect(await exits("bob", "org", "remove", "lab", "alice")).toBe("forbidden");
  expect(await exits("alice", "org", "remove", "lab", "alice")).toBe("last-owner");
  const builds = await json("alice", "keys", "create", "--org", "lab", "--manage");
  expect(await json("bob", "whoami", "--key", String(builds["key"]))).toMatchObject({ account: "lab" });

  expect(await exits("ada", "admin", "suspend", "bob", "--reason", "spam")).toBe(0);
  expect(await exits("bob", "whoami")).toBe("account-suspended");
  expect(await exits("ada", "admin", "unsuspend", "bob")).toBe(0);
  expect(await exits("bob", "whoami")).toBe(0);
  expect(await exits("bob", "admin", "accounts")).toBe("scope-missing");
  const { accounts } = await json("ada", "admin", "accounts");
  expect((accounts as Listed["results"]).map(({ account }) => account)).toEqual([
    "ada",
    "alice",
    "bob",
    "lab",
    "orcade",
  ]);

  // Neither a code nor a key lies anywhere on the server's disk.
  const disk = readdirSync(system.stateDirectory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name)));
  for (const secret of [code, String(made["key"]), String(builds["key"])]) {
    expect(disk.some((bytes) => bytes.includes(secret))).toBe(false);
    expect(disk.some((bytes) => bytes.includes(sha256OfText(secret)))).toBe(true);
  }
});

interface Applicant {
  readonly account: string;
  readonly key: string;
}

test("a sign-up whose server is killed at any step ends the same when it is sent again", async () => {
  const random = randomFrom(seedOf("signup"));
  const invite = await system.ada.post("/v1/admin/invites", { microcredits: CREDITS, uses: 100_000 });
  const { code, id } = await invite.json<{ code: string; id: string }>();
  /** Sends a sign-up once. @returns its status, or null when no answer came */
  const send = async ({ account, key }: Applicant): Promise<number | null> => {
    try {
      const body = JSON.stringify({ account, invite: code, key_sha256: sha256OfText(key) });
      const answer = await system.fetch("/v1/accounts", { method: "POST", body });
      await answer.text();
      return answer.status;
    } catch {
      return null;
    }
  };
  const applicants: Applicant[] = [];
  const cut: Applicant[] = [];
  let killing = true;
  const applying = async (): Promise<void> => {
    while (killing) {
      const applicant = {
        account: `k${applicants.length.toString(7).replaceAll("1", "x").replaceAll("0", "y")}`,
        key: newKey(),
      };
      applicants.push(applicant);
      if ((await send(applicant)) !== 201) {
        cut.push(applicant);
        await untilHealthy(system.fetch);
      }
    }
  };
  const kill = async (): Promise<void> => {
    for (let kills = 0; kills < KILLS; kills++) {
      await new Promise((resolve) => setTimeout(resolve, 50 + random() * 300));
      const pid = system.server.workerdPid();
      if (pid !== undefined) process.kill(pid, "SIGKILL");
      await untilHealthy(system.fetch);
    }
    killing = false;
  };
  await Promise.all([kill(), ...Array.from({ length: AT_ONCE }, applying)]);
  await untilHealthy(system.fetch);
  console.log(`signup: ${KILLS} kills, ${applicants.length} sign-ups, ${cut.length} cut off`);
  expect(cut.length).toBeGreaterThan(0);
  for (const applicant of [...cut, ...cut]) expect(await send(applicant)).toBe(201);

  for (const { account, key } of applicants) expect(await entered(key)).toEqual([account, CREDITS]);
  const { results } = await (
    await system.ada.get("/v1/admin/invites")
  ).json<{ results: { id: string; used: number }[] }>();
  expect(results.find((found) => found.id === id)?.used).toBe(applicants.length);
}, 600_000);
