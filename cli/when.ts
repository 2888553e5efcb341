// Times as people write them on a command line: "30d", "12h", "90m" from now, or a date with or without a time.
import { usage } from "./failure.ts";

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** @returns ISO 8601 in UTC, a time to come; a date alone is the beginning of that day, UTC */
export function timeToCome(text: string, now = Date.now()): string {
  const [, amount = "", unit = ""] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  const ms = UNITS[unit];
  const time = ms === undefined ? Date.parse(text) : now + Number(amount) * ms;
  const dated = ms !== undefined || /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2}))?$/.test(text);
  if (dated && time > now && time < 8e15) return new Date(time).toISOString();
  const hint = "Write 30d, 12h or 90m from now, a date (2027-01-31) or a time (2027-01-31T12:00:00Z).";
  throw usage(`${JSON.stringify(text)} is not a time to come.`, hint);
}
