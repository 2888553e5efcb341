// Statements: which milliseconds a month and a day have, what is added up, and CSV that no spreadsheet misreads.
import { describe, expect, test } from "vitest";
import {
  type StatementLine,
  byMonth,
  dayRange,
  monthRange,
  statementCsv,
} from "../../../worker/market/money/statement.ts";

const line = (more: Partial<StatementLine>): StatementLine => ({
  day: "2026-02-01",
  kind: "call",
  algorithm: "alice/tags",
  version: "1.0.0",
  key: "key-1",
  entries: 1,
  amount: -70_007,
  ...more,
});

describe("a range", () => {
  test("of a month or a day is that of the calendar, in UTC", () => {
    expect(monthRange("2026-12")).toEqual({ from: Date.UTC(2026, 11), until: Date.UTC(2027, 0) });
    expect(monthRange("2024-02")).toEqual({ from: Date.UTC(2024, 1), until: Date.UTC(2024, 2) });
    expect(dayRange("2024-02-29")).toEqual({ from: Date.UTC(2024, 1, 29), until: Date.UTC(2024, 2, 1) });
  });

  test.each(["2026-00", "2026-13", "2026-1", "26-01", "2026-01-01", "x2026-01", "2026-01\n", ""])(
    "of no month: %j",
    (text) => {
      expect(monthRange(text)).toBeNull();
    },
  );

  test.each(["2026-02-29", "2026-04-31", "2026-01-00", "2026-1-1", "2026-01", "2026-01-01T00", ""])(
    "of no day: %j",
    (text) => {
      expect(dayRange(text)).toBeNull();
    },
  );
});

describe("a statement", () => {
  test("adds the days of each source up, largest first", () => {
    const lines = [
      line({}),
      line({ day: "2026-02-02", amount: -3 }),
      line({ key: "key-2" }),
      line({ kind: "grant", amount: 900_000 }),
    ];
    expect(byMonth(lines)).toEqual([
      line({ day: null, kind: "grant", amount: 900_000 }),
      line({ day: null, entries: 2, amount: -70_010 }),
      line({ day: null, key: "key-2" }),
    ]);
  });

  test("as CSV quotes what must be quoted and disarms formulas", () => {
    const lines = [
      line({}),
      line({ key: 'a "b", c' }),
      line({ key: "=HYPERLINK(1)" }),
      line({ key: "-x" }),
      line({ key: "@y" }),
    ];
    const csv = statementCsv({ account: "ada", month: "2026-02", opening: 5, closing: -1, lines });
    expect(csv.split("\r\n")).toEqual([
      "day,kind,algorithm,version,key,entries,microcredits,credits",
      "2026-02,opening,,,,,5,0.000005",
      "2026-02-01,call,alice/tags,1.0.0,key-1,1,-70007,-0.070007",
      '2026-02-01,call,alice/tags,1.0.0,"a ""b"", c",1,-70007,-0.070007',
      "2026-02-01,call,alice/tags,1.0.0,'=HYPERLINK(1),1,-70007,-0.070007",
      "2026-02-01,call,alice/tags,1.0.0,'-x,1,-70007,-0.070007",
      "2026-02-01,call,alice/tags,1.0.0,'@y,1,-70007,-0.070007",
      "2026-02,closing,,,,,-1,-0.000001",
      "",
    ]);
  });
});
