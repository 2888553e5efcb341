// Reductions: several answers to one, in as many rounds as their lengths need, many nodes of a tree in one batch. What is
// reduced with what depends on order and lengths alone.
import { itemBytes, itemOf, reduceInput, type JobAnswer } from "../../jobs/answers.ts";
import type { ReduceAnswer, Reduced, Reduction } from "../../jobs/batch.ts";
import type { TaskError } from "../../jobs/outcome.ts";
import { groupsOf } from "../../jobs/tree.ts";
import { LIMITS } from "../../limits.ts";

/** What is to be reduced to one. */
export interface Reducible {
  readonly level: number;
  readonly final: boolean;
  readonly items: readonly JobAnswer[];
}

/** null: it did not come to an end, for no fault of the reducer. */
export type ReducedTo = { readonly answer: JobAnswer } | { readonly error: TaskError } | null;

/** Runs reductions; null: they did not run. */
export type Run = (reductions: readonly Reduction[]) => Promise<Pick<ReduceAnswer, "reduced"> | null>;

const TOO_LARGE: TaskError = {
  type: "PartialTooLarge",
  message: `Two answers do not fit into one input of ${LIMITS.inputBytes} bytes: let the mapper and the reducer answer less.`,
};

interface Under {
  readonly wanted: Reducible;
  items: readonly JobAnswer[];
  to: ReducedTo | undefined;
}

/** One round of one node: where its groups end. */
interface Round {
  readonly under: Under;
  readonly groups: readonly (readonly JobAnswer[])[];
}

export async function reduceAll(
  wanted: readonly Reducible[],
  input: "json" | "bytes",
  run: Run,
): Promise<readonly ReducedTo[]> {
  const all = wanted.map((one): Under => ({ wanted: one, items: one.items, to: undefined }));
  for (let open = all; open.length > 0; open = all.filter(({ to }) => to === undefined)) {
    const rounds = open.flatMap((under) => roundOf(under, input) ?? []);
    await runRounds(rounds, input, run);
  }
  return all.map(({ to }) => to ?? null);
}

/** @returns null: two of its answers do not fit together */
function roundOf(under: Under, input: "json" | "bytes"): Round | null {
  const lengths = under.items.map((item) => itemBytes(itemOf(item, input), input));
  const ends = groupsOf(lengths, LIMITS.inputBytes - 2);
  if (ends === null) {
    under.to = { error: TOO_LARGE };
    return null;
  }
  return { under, groups: ends.map((end, index) => under.items.slice(index === 0 ? 0 : ends[index - 1], end)) };
}

/** Runs one round of all, in batches that fit into a message. */
async function runRounds(rounds: readonly Round[], input: "json" | "bytes", run: Run): Promise<void> {
  const made = new Map<Round, (JobAnswer | null)[]>(rounds.map((round) => [round, round.groups.map(() => null)]));
  let batch: { round: Round; group: number; reduction: Reduction }[] = [];
  let bytes = 0;
  const flush = async (): Promise<void> => {
    const ran = batch.length === 0 ? null : await run(batch.map(({ reduction }) => reduction));
    for (const [index, { round, group }] of batch.entries())
      note(round, made.get(round) ?? [], group, ran?.reduced[index]);
    batch = [];
    bytes = 0;
  };
  for (const round of rounds) {
    const { level, final } = round.under.wanted;
    for (const [group, items] of round.groups.entries()) {
      const last = round.groups.length === 1;
      // One that stays alone passes, unless it is the end of the job.
      if (items.length === 1 && !(last && final)) (made.get(round) ?? [])[group] = items[0] ?? null;
      else {
        const whole = reduceInput(
          items.map((item) => itemOf(item, input)),
          input,
        );
        const reduction = { input: whole, level, partials: items.length, final: last && final };
        if (bytes + whole.length > LIMITS.jobBatchBytes || batch.length >= LIMITS.jobBatchTasks) await flush();
        batch.push({ round, group, reduction });
        bytes += whole.length;
      }
    }
  }
  await flush();
  for (const [{ under }, answers] of made) end(under, answers);
}

function note({ under }: Round, answers: (JobAnswer | null)[], group: number, reduced: Reduced | undefined): void {
  if (reduced?.kind === "answered") answers[group] = reduced.answer;
  else if (reduced?.kind === "failed") under.to = { error: reduced.error };
  else under.to ??= null;
}

function end(under: Under, answers: readonly (JobAnswer | null)[]): void {
  if (under.to !== undefined) return;
  const whole = answers.flatMap((answer) => answer ?? []);
  const [first] = whole;
  if (whole.length === 1 && first !== undefined) under.to = { answer: first };
  else under.items = whole;
}
