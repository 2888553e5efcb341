// Numbered migrations: run once each, in order, all or none; old rows survive.
import { runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import { RowLimitError, database, migrate } from "../../kv-schema/database.ts";
import { LIMITS } from "../../worker/limits.ts";
import { env } from "../support/inside.ts";

/** Runs with the storage of an object that holds nothing yet. */
const withStorage = (name: string, work: (storage: DurableObjectStorage) => void): Promise<void> =>
  runInDurableObject(env.STATE.get(env.STATE.idFromName(name)), (_, state) => work(state.storage));

test("a later list runs only what is new, and rows survive", () =>
  withStorage("later", (storage) => {
    const first = "CREATE TABLE note (text TEXT NOT NULL)";
    migrate(storage, [first]);
    storage.sql.exec("INSERT INTO note (text) VALUES ('kept')");
    migrate(storage, [first, "ALTER TABLE note ADD COLUMN stars INTEGER NOT NULL DEFAULT 3"]);
    migrate(storage, [first, "ALTER TABLE note ADD COLUMN stars INTEGER NOT NULL DEFAULT 3"]);
    expect(storage.sql.exec("SELECT * FROM note").toArray()).toEqual([{ text: "kept", stars: 3 }]);
  }));

test("a migration that fails leaves everything as it was", () =>
  withStorage("failing", (storage) => {
    migrate(storage, ["CREATE TABLE one (x)"]);
    expect(() => migrate(storage, ["CREATE TABLE one (x)", "CREATE TABLE two (x)", "nonsense"])).toThrow();
    const tables = storage.sql.exec("SELECT name FROM sqlite_master WHERE name IN ('one', 'two')").toArray();
    expect(tables).toEqual([{ name: "one" }]);
  }));

test("a row of the platform's limit is stored, one byte more is refused, as on the deployed platform", () =>
  withStorage("rows", (storage) => {
    const db = database(storage.sql);
    db.run("CREATE TABLE big (x BLOB)");
    db.run("INSERT INTO big (x) VALUES (?)", new ArrayBuffer(LIMITS.rowBytes));
    expect(() => db.run("INSERT INTO big (x) VALUES (?)", new ArrayBuffer(LIMITS.rowBytes + 1))).toThrow(RowLimitError);
    expect(() => db.run("INSERT INTO big (x) VALUES (?)", "ä".repeat(LIMITS.rowBytes / 2))).not.toThrow();
    expect(() => db.run("INSERT INTO big (x) VALUES (?)", "ä".repeat(LIMITS.rowBytes / 2 + 1))).toThrow(RowLimitError);
    expect(() => db.run("SELECT 1", ...Array<number>(LIMITS.boundParameters + 1).fill(1))).toThrow(RowLimitError);
  }));
