// `orcade ledger verify` on a real server's disk: it passes as long as every microcredit is there, and fails when somebody
// changed one in a file while the server was down.
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Ran, orcade } from "../cli/harness.ts";
import { testModule } from "../support/modules.ts";
import { type System, startSystem } from "../support/server.ts";

const stateDirectory = mkdtempSync(join(tmpdir(), "orcade-ledger-"));
let system: System;

beforeAll(async () => {
  system = await startSystem({ stateDirectory });
  await system.ada.post("/v1/organizations", { org_name: "lab" });
  await system.ada.post("/v1/admin/accounts/lab/grants", { id: "one", amount: 123_456_789 });
});
afterAll(() => rmSync(stateDirectory, { recursive: true, force: true }));

const run = (...argv: readonly string[]): Promise<Ran> =>
  orcade([...argv, "--address", system.server.url, "--key", system.ada.key]);

/** Changes the file of the account that has a certain grant, as a disk or a hand might. */
function change(grant: string, sql: string): void {
  const folder = join(stateDirectory, "do", "orcade-Account");
  for (const file of readdirSync(folder).filter((name) => /^[0-9a-f]+\.sqlite$/.test(name))) {
    const db = new DatabaseSync(join(folder, file));
    db.exec("PRAGMA ignore_check_constraints = ON");
    const books = db.prepare("SELECT 1 FROM sqlite_master WHERE name = 'entry'").get() !== undefined;
    if (books && db.prepare("SELECT 1 FROM entry WHERE id = ?").get(grant) !== undefined) db.exec(sql);
    db.close();
  }
}

test("calls are paid as their records say, and the books of all who got something agree", async () => {
  await system.ada.publish("lab", { name: "echo", royalty: 50_000 }, testModule("echo"));
  const call = async (): Promise<number> => {
    const answer = await system.ada.call("lab/echo", Uint8Array.of(1, 2, 3));
    expect(await answer.json()).toMatchObject({ result: "AQID" });
    return Number(answer.headers.get("X-Orcade-Cost"));
  };
  let paid = 0;
  for (let round = 0; round < 5; round++) {
    const costs = await Promise.all(Array.from({ length: 8 }, call));
    paid += costs.reduce((sum, cost) => sum + cost, 0);
  }
  const listed = await run("ledger", "list", "--algorithm", "lab/echo", "--limit", "100", "--json");
  const { results } = JSON.parse(listed.stdout) as { results: { amount_microcredits: number }[] };
  expect(results).toHaveLength(40);
  expect(results.reduce((sum, { amount_microcredits: amount }) => sum + amount, 0)).toBe(-paid);
  const verdict = await run("ledger", "verify", "--json");
  expect(JSON.parse(verdict.stdout)).toMatchObject({ calls: 40, findings: [] });
  const statement = await run("ledger", "statement", "--csv");
  expect(statement.stdout).toContain(`call,lab/echo,1.0.0,`);
  expect(statement.stdout).toContain(`,40,${-paid},`);
  // The author's part arrives with the next flush.
  const author = async (): Promise<number> => {
    const page = await (await system.ada.get("/v1/organizations/lab/ledger?kind=transfer")).json();
    return (page as { results: { amount_microcredits: number }[] }).results.reduce(
      (sum, { amount_microcredits: amount }) => sum + amount,
      0,
    );
  };
  await expect.poll(author, { timeout: 30_000, interval: 250 }).toBe(40 * 35_000);
  expect((await run("ledger", "verify")).code).toBe(0);
});

test("one microcredit that is changed on disk is found", async () => {
  const before = await run("ledger", "verify");
  expect([before.code, before.stderr]).toEqual([0, ""]);
  expect(before.stdout).toContain("every microcredit is there");
  expect(before.stdout).toContain("1,000,123,456,789 microcredits");

  await system.server.stop();
  change("grant:one", "UPDATE entry SET balance = balance - 1 WHERE id = 'grant:one'");
  system = await startSystem({ stateDirectory });
  const after = await run("ledger", "verify", "--json");
  expect(after.code).toBe(1);
  const { findings } = JSON.parse(after.stdout) as { findings: { account: string; at: string; message: string }[] };
  expect(findings).toContainEqual({ account: "lab", at: "grant:one", message: "its postings sum to -1, not to 0" });
  const text = await run("ledger", "verify");
  expect([text.code, text.stdout]).toEqual([1, expect.stringContaining("lab grant:one") as string]);

  await system.server.stop();
  change("grant:one", "UPDATE entry SET balance = balance + 1 WHERE id = 'grant:one'");
  system = await startSystem({ stateDirectory });
  expect((await run("ledger", "verify")).code).toBe(0);
  await system.server.stop();
});
