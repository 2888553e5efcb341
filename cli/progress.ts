// A spinner for what takes longer than a second, on a terminal's stderr only: a script sees nothing of it.
import { spinner } from "@clack/prompts";
import type { Io } from "./io.ts";

/** Shows how far the work is; null: nobody looks. */
export type Say = ((what: string) => void) | null;

const PATIENCE_MS = 1_000;

/** Does the work; when it is not done after a second, shows that it is going on. */
export async function withProgress<T>(io: Io, label: string, work: (say: Say) => Promise<T>): Promise<T> {
  if (!io.stderr.isTTY) return work(null);
  const shown = spinner({ output: process.stderr, indicator: "timer", withGuide: false });
  let started = false;
  let latest = label;
  const timer = setTimeout(() => {
    started = true;
    shown.start(latest);
  }, PATIENCE_MS);
  try {
    return await work((what) => {
      latest = what;
      if (started) shown.message(what);
    });
  } finally {
    clearTimeout(timer);
    if (started) shown.clear();
  }
}
