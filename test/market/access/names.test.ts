// Look-alike and reserved names, and that SQL folds as TypeScript does.
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DIRECTORY_MIGRATIONS } from "../../../kv-schema/tables/directory.ts";
import { isReserved, skeleton } from "../../../worker/market/access/names.ts";
import { INVITE_CODE, newInviteCode, newKey } from "../../../worker/market/access/secret.ts";

describe("names that look alike have one skeleton", () => {
  test.for([
    ["alice", "AIice"],
    ["alice", "a1ice"],
    ["alice", "ALICE"],
    ["Zoo", "z00"],
    ["modern", "modem"],
    ["a_b", "a-b"],
    ["wow", "vvow"],
    ["bill", "b11I"],
  ])("%s and %s", ([one, other]) => expect(skeleton(one ?? "")).toBe(skeleton(other ?? "")));

  test.for([
    ["alice", "alicia"],
    ["ab", "a_b"],
    ["bob", "boob"],
    ["ann", "amn"],
  ])("%s and %s do not", ([one, other]) => expect(skeleton(one ?? "")).not.toBe(skeleton(other ?? "")));

  test("folding twice changes nothing", () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[A-Za-z][A-Za-z0-9_-]{0,29}$/),
        (name) => skeleton(skeleton(name)) === skeleton(name),
      ),
    );
  });
});

test.for(["orcade", "Orcade", "0rcade", "ORCADE", "admin", "adm1n", "api", "ap1", "WWW", "data", "keys"])(
  "%s is reserved",
  (name) => expect(isReserved(name)).toBe(true),
);
test.for(["ada", "demo", "operator", "genome", "text", "bytes", "orcades"])("%s is not", (name) =>
  expect(isReserved(name)).toBe(false),
);

test("names claimed before skeletons were kept get the same from SQL", () => {
  const db = new DatabaseSync(":memory:");
  const [first = "", second = ""] = DIRECTORY_MIGRATIONS;
  db.exec(first);
  const names = fc.sample(fc.stringMatching(/^[a-z][a-z0-9_]{0,29}$/), 300);
  const all = new Set([...names, "rnrn", "vvv", "rvvn", "a1i0l", "lvvi", "modern"]);
  for (const name of all) db.prepare("INSERT INTO name VALUES (?, ?, 'user', ?, 0)").run(name, name, name);
  db.exec(second);
  const rows = db.prepare("SELECT id, skeleton FROM name").all();
  expect(rows).toHaveLength(all.size);
  for (const { id, skeleton: folded } of rows) expect([id, folded]).toEqual([id, skeleton(String(id))]);
});

test("new secrets have their form, and every character of the alphabet comes about as often", () => {
  const keys = Array.from({ length: 2_000 }, newKey);
  for (const key of keys) expect(key).toMatch(/^sim[A-Za-z0-9]{25}$/);
  expect(newInviteCode()).toMatch(INVITE_CODE);
  expect(new Set(keys).size).toBe(keys.length);
  const counts = new Map<string, number>();
  for (const character of keys.map((key) => key.slice(3)).join(""))
    counts.set(character, (counts.get(character) ?? 0) + 1);
  const expected = (2_000 * 25) / 62;
  // Six standard deviations.
  for (const count of counts.values()) expect(Math.abs(count - expected)).toBeLessThan(6 * Math.sqrt(expected));
  expect(counts.size).toBe(62);
});
