// Tables of objects/kept: what a call was given and what its host answered, kept because its payer asked for it.
import type { Database } from "../database.ts";
import type { Entry } from "../keys.ts";
import { AGENDA_TABLE } from "./agenda.ts";

const common = { writer: "objects/kept", readers: "objects/kept" };

export const KEPT_ENTRIES: readonly Entry[] = [
  {
    name: "kept",
    example: "(1, 'ada', 'req-1c0a…', 1764604800000)",
    value: "one row: who paid for the call, its id, until when it is kept (ms)",
    ...common,
    retention: "LIMITS.keptMs",
  },
  {
    name: "part",
    example: "(3, 'req-1c0a…/1', 0, 'state_get', 1, 0, x'68656c6c6f')",
    value:
      "a chunk of at most 1 MiB: place, node, which of the node's values (0: its input), the host function that answered " +
      "(or input), the number of parts the value has, the part the chunk is of, bytes",
    ...common,
    retention: "LIMITS.keptMs",
  },
  {
    name: "log",
    example: `(1, 'req-1c0a…/1', 'ada/work', '1.0.0', '[{"level":"info","text":"begun"}]', 0)`,
    value:
      "what a node logged that is its caller's own: place, node, algorithm, version, lines as JSON, bytes that were dropped",
    ...common,
    retention: "LIMITS.keptMs",
  },
];

export const KEPT_MIGRATIONS: readonly string[] = [
  `${AGENDA_TABLE};
   CREATE TABLE kept (one INTEGER PRIMARY KEY CHECK (one = 1), account TEXT NOT NULL, call TEXT NOT NULL, until INTEGER NOT NULL);
   CREATE TABLE part (place INTEGER PRIMARY KEY, node TEXT NOT NULL, value INTEGER NOT NULL, function TEXT NOT NULL,
     parts INTEGER NOT NULL, part INTEGER NOT NULL, bytes BLOB NOT NULL)`,
  `CREATE TABLE log (place INTEGER PRIMARY KEY, node TEXT NOT NULL, algorithm TEXT NOT NULL, version TEXT NOT NULL,
     lines TEXT NOT NULL, dropped INTEGER NOT NULL)`,
];

export type PartRow = {
  place: number;
  node: string;
  value: number;
  function: string;
  parts: number;
  part: number;
  bytes: ArrayBuffer;
};

export type LogRow = { node: string; algorithm: string; version: string; lines: string; dropped: number };

export const keptStatements = (db: Database) => ({
  kept: () => db.first<{ account: string; call: string; until: number }>("SELECT account, call, until FROM kept"),
  keep: (account: string, call: string, until: number) =>
    db.run("INSERT OR IGNORE INTO kept (one, account, call, until) VALUES (1, ?, ?, ?)", account, call, until),
  add: (row: Omit<PartRow, "place">) =>
    db.run(
      "INSERT INTO part (node, value, function, parts, part, bytes) VALUES (?, ?, ?, ?, ?, ?)",
      row.node,
      row.value,
      row.function,
      row.parts,
      row.part,
      row.bytes,
    ),
  addLog: ({ node, algorithm, version, lines, dropped }: LogRow) =>
    db.run(
      "INSERT INTO log (node, algorithm, version, lines, dropped) VALUES (?, ?, ?, ?, ?)",
      node,
      algorithm,
      version,
      lines,
      dropped,
    ),
  logs: () => db.all<LogRow>("SELECT node, algorithm, version, lines, dropped FROM log ORDER BY place"),
  parts: () => db.all<PartRow>("SELECT * FROM part ORDER BY place"),
});
