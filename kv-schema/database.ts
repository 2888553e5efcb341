// The way to an object's SQLite: numbered migrations, and a guard for the platform's limits that local workerd does not
// enforce (2 MB a row, 100 bound parameters). Integers stay below 2^53: SQLite answers with doubles.
import { LIMITS } from "../worker/limits.ts";

export type SqlValue = string | number | ArrayBuffer | null;
export type Row = Record<string, SqlValue>;

export interface Database {
  /** Runs one statement and gives its rows. */
  all<T extends Row>(sql: string, ...values: SqlValue[]): T[];
  /** Runs one statement and gives its first row, if any. */
  first<T extends Row>(sql: string, ...values: SqlValue[]): T | undefined;
  /** Runs one statement for its effect and gives the number of rows written; rows of indexes count, too. */
  run(sql: string, ...values: SqlValue[]): number;
}

/** Thrown when a statement would pass a limit that only the deployed platform enforces. A bug of ours, never a caller's. */
export class RowLimitError extends Error {
  override readonly name = "RowLimitError";
}

const bytesOf = (value: SqlValue): number =>
  value === null ? 0 : typeof value === "number" ? 8 : typeof value === "string" ? value.length * 3 : value.byteLength;

function guard(values: readonly SqlValue[]): void {
  if (values.length > LIMITS.boundParameters) throw new RowLimitError(`${values.length} bound parameters`);
  let total = 0;
  for (const value of values) total += bytesOf(value);
  // A string is counted at three bytes a UTF-16 unit; only one near the limit is measured exactly.
  if (total <= LIMITS.rowBytes) return;
  const encoder = new TextEncoder();
  const exact = values.reduce(
    (sum: number, value) => sum + (typeof value === "string" ? encoder.encode(value).length : bytesOf(value)),
    0,
  );
  if (exact > LIMITS.rowBytes) throw new RowLimitError(`a row of ${exact} bytes`);
}

/** @param sql the object's `ctx.storage.sql` */
export function database(sql: SqlStorage): Database {
  const exec = (text: string, values: SqlValue[]): SqlStorageCursor<Row> => {
    guard(values);
    return sql.exec<Row>(text, ...values);
  };
  return {
    all: <T extends Row>(text: string, ...values: SqlValue[]): T[] => exec(text, values).toArray() as T[],
    first: <T extends Row>(text: string, ...values: SqlValue[]): T | undefined =>
      exec(text, values).toArray()[0] as T | undefined,
    run: (text, ...values) => exec(text, values).rowsWritten,
  };
}

/**
 * Brings an object's tables up to date: runs the migrations it has not run yet, in order, in one transaction.
 * @param migrations numbered by their place; a released one is never changed, new ones are appended
 */
export function migrate(storage: DurableObjectStorage, migrations: readonly string[]): void {
  storage.transactionSync(() => {
    storage.sql.exec("CREATE TABLE IF NOT EXISTS migration (number INTEGER PRIMARY KEY) WITHOUT ROWID");
    const row = storage.sql.exec<{ done: number }>("SELECT count(*) AS done FROM migration").one();
    for (let number = row.done; number < migrations.length; number++) {
      const text = migrations[number];
      if (text !== undefined) storage.sql.exec(text);
      storage.sql.exec("INSERT INTO migration (number) VALUES (?)", number);
    }
  });
}
