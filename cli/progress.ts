// A spinner for what takes longer than a second, on a terminal's stderr only: a script sees nothing of it.
import { spinner } from "@clack/prompts";
import type { Io } from "./io.ts";

const PATIENCE_MS = 1_000;

/** Does the work; when it is not done after a second, shows that it is going on. */
export async function withProgress<T>(io: Io, label: string, work: () => Promise<T>): Promise<T> {
  if (!io.stderr.isTTY) return work();
  const shown = spinner({ output: process.stderr, indicator: "timer", withGuide: false });
  let started = false;
  const timer = setTimeout(() => {
    started = true;
    shown.start(label);
  }, PATIENCE_MS);
  try {
    return await work();
  } finally {
    clearTimeout(timer);
    if (started) shown.clear();
  }
}
