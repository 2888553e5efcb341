// orcade ledger list and statement, orcade admin grant and refund: what they ask, and what a person reads of the answer.
// (What verify finds: test/objects/account/verify and test/end-to-end/ledger.)
import { expect, test } from "vitest";
import { KEY, orcade, type Scripted, scriptedServer } from "./harness.ts";

async function against(script: Readonly<Record<string, Scripted>>, line: readonly string[]) {
  const server = await scriptedServer(script);
  const ran = await orcade(["--address", server.address, "--key", KEY, ...line]);
  return { ...ran, received: server.received };
}

const ENTRIES = [
  {
    entry: 3,
    id: "req-1c0a",
    kind: "call",
    at: "2026-11-21T10:20:30.400Z",
    algorithm: "genome/kmers",
    version: "1.0.0",
    key: "key-1",
    amount_microcredits: -70_120,
    balance_microcredits: 929_880,
  },
  {
    entry: 2,
    id: "transfer:bob#7",
    kind: "transfer",
    at: "2026-11-21T10:20:00.000Z",
    amount_microcredits: 0,
    balance_microcredits: 1_000_000,
    from: "bob",
  },
  {
    entry: 1,
    id: "grant:start",
    kind: "grant",
    at: "2026-11-20T00:00:00.000Z",
    amount_microcredits: 1_000_000,
    balance_microcredits: 1_000_000,
    by: "ada",
    note: "\u001b[2Jhello",
  },
];

test("ledger list asks for what is wanted, and says how to go on", async () => {
  const { code, stdout, stderr, received } = await against(
    { "GET /v1/account/ledger": { body: { results: ENTRIES, marker: "1", next_link: "/x" } } },
    "ledger list --kind call --algorithm genome/kmers --algorithm-version 1.0.0 --key-id key-1 --day 2026-11-21 --limit 3 --marker 9".split(
      " ",
    ),
  );
  expect([code, stderr]).toEqual([0, "older ones: --marker 1\n"]);
  expect(received[0]?.url).toBe(
    "/v1/account/ledger?kind=call&algorithm=genome%2Fkmers&version=1.0.0&key=key-1&day=2026-11-21&limit=3&marker=9",
  );
  expect(stdout).toMatchInlineSnapshot(`
    "when (UTC)           kind      microcredits  balance    what                id
    2026-11-21 10:20:30  call      -70,120       929,880    genome/kmers@1.0.0  req-1c0a
    2026-11-21 10:20:00  transfer  0             1,000,000  bob                 transfer:bob#7
    2026-11-20 00:00:00  grant     1,000,000     1,000,000  ada                 grant:start
    "
  `);
});

test("ledger list of an organisation without entries", async () => {
  const { stdout } = await against(
    { "GET /v1/organizations/lab/ledger": { body: { results: [], marker: null, next_link: null } } },
    ["ledger", "list", "--org", "lab"],
  );
  expect(stdout).toBe("no entries\n");
});

test("ledger statement shows a month from its opening to its closing balance", async () => {
  const body = {
    account: "ada",
    month: "2026-11",
    opening_microcredits: 0,
    closing_microcredits: 929_880,
    lines: [
      { kind: "grant", algorithm: "", version: "", key: "", entries: 1, amount_microcredits: 1_000_000 },
      {
        kind: "call",
        algorithm: "genome/kmers",
        version: "1.0.0",
        key: "key-1",
        entries: 1,
        amount_microcredits: -70_120,
      },
    ],
  };
  const script = { "GET /v1/account/statements/2026-11": { body } };
  const { code, stdout, received } = await against(script, ["ledger", "statement", "2026-11", "--daily"]);
  expect([code, received[0]?.url]).toEqual([0, "/v1/account/statements/2026-11?by=day"]);
  expect(stdout).toMatchInlineSnapshot(`
    "day  kind             algorithm           key    entries  microcredits
         opening balance                                      0
         grant                                       1        1,000,000
         call             genome/kmers@1.0.0  key-1  1        -70,120
         closing balance                                      929,880
    "
  `);
});

test("ledger statement --csv prints the server's bytes", async () => {
  const csv = "day,kind\r\n2026-11,opening\r\n";
  const { bytes, received } = await against({ "GET /v1/account/statements/2026-11": { body: csv } }, [
    "ledger",
    "statement",
    "2026-11",
    "--csv",
  ]);
  expect(Buffer.from(bytes).toString()).toBe(csv);
  expect(received[0]?.url).toBe("/v1/account/statements/2026-11?by=month&format=csv");
});

test("admin grant sends an id, so that it may be repeated", async () => {
  const script = { "POST /v1/admin/accounts/alice/grants": { body: { balance_microcredits: 70_000_000 } } };
  const words = ["admin", "grant", "alice", "50000000", "--note", "invoice 17"];
  const { code, stdout, received } = await against(script, [...words, "--id", "invoice-17"]);
  expect(code).toBe(0);
  expect(JSON.parse(received[0]?.body.toString() ?? "")).toEqual({
    id: "invoice-17",
    amount: 50_000_000,
    note: "invoice 17",
  });
  expect(stdout).toBe("alice was granted 50,000,000 microcredits and has 70,000,000 microcredits now.\n");
  const ids = new Set<string>();
  for (let times = 0; times < 2; times++) {
    const again = await against(script, words);
    ids.add((JSON.parse(again.received[0]?.body.toString() ?? "") as { id: string }).id);
  }
  expect(ids.size).toBe(2);
});

test.each(["0", "-5", "1.5", "1e3", "9007199254740992", "much"])(
  "admin grant of %s is refused before it is sent",
  async (amount) => {
    const { code, stderr, received } = await against({}, ["admin", "grant", "alice", "--", amount]);
    expect([code, received]).toEqual([2, []]);
    expect(stderr).toContain("whole microcredits");
  },
);

test("admin refund says what came back", async () => {
  const script = { "POST /v1/admin/accounts/alice/refunds": { body: { amount_microcredits: 70_120 } } };
  const { stdout, received } = await against(script, ["admin", "refund", "alice", "req-1c0a"]);
  expect(JSON.parse(received[0]?.body.toString() ?? "")).toEqual({ call: "req-1c0a", note: "" });
  expect(stdout).toBe("alice got 70,120 microcredits back for req-1c0a.\n");
});
