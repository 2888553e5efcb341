// The life of a call (design §2), whoever brings it: reserve, run the tree, prepare its state, settle, answer. Who calls,
// what it means and what it sends were found out before (who.ts).
import type { Env } from "../env.ts";
import { LIMITS } from "../limits.ts";
import type { Grant } from "../market/access/grant.ts";
import { type Failure, failure } from "../market/failure.ts";
import { CALL_FEE, computePrice } from "../market/money/price.ts";
import type { CallRecord } from "../market/record.ts";
import { shownNodes } from "../market/record/view.ts";
import type { Release } from "../market/release.ts";
import { type Result, err, ok } from "../market/result.ts";
import type { Settlement } from "../objects/account/protocol.ts";
import type { Progress } from "../objects/account/running.ts";
import { keepLogs, keepTree } from "../objects/kept/object.ts";
import { voidQuote } from "../objects/profile/quotes.ts";
import { observe } from "../objects/profile/observe.ts";
import type { Log } from "../sandbox/protocol.ts";
import type { Answer } from "./answer.ts";
import type { Cancel } from "./cancel.ts";
import { type PrepareError, commit, prepareAll } from "./commit.ts";
import { isMember } from "./member.ts";
import { callNested } from "./nested.ts";
import { type Ending, ourError } from "./outcome.ts";
import type { Held, MoneySource } from "./purse.ts";
import { leaseFailure } from "./purses.ts";
import { failedAs, recordOf, settlementOf } from "./record.ts";
import { keptLogs } from "./said.ts";
import { type Invoked, invoke } from "./run.ts";
import type { SettleError } from "./settle.ts";
import { Tree, type TreeFacts } from "./tree.ts";

/** Microcredits of fuel without which a call is not begun. */
const LEAST_FUEL = 1_000;

/** A call that may run: everything about it is known and allowed. */
export interface Admitted {
  /** `req-` and a UUID. */
  readonly id: string;
  readonly grant: Grant;
  readonly purse: MoneySource;
  readonly release: Release;
  readonly input: Uint8Array;
  /** Microcredits; undefined: no ceiling of the caller's. */
  readonly maxCost: number | undefined;
  /** The quote that this is the ceiling of; null: of none. */
  readonly quote: string | null;
  /** Whether inputs and host answers are kept for a replay. */
  readonly keep: boolean;
  /** Whether what the caller's own algorithms log is kept. */
  readonly logs: boolean;
  /** Milliseconds since 1970, and whether the caller chose it. */
  readonly deadline: number;
  readonly timeoutChosen: boolean;
  /** Ends the call when it is wished; null: nobody cancels it. */
  readonly cancel: Cancel | null;
  /** @see TreeFacts.said */
  readonly said?: (progress: Progress) => void;
  /** @see TreeFacts.hops */
  readonly hops?: number;
  /** @see TreeFacts.sandboxes */
  readonly sandboxes?: Map<string, number>;
  /** Remembers how it went and what it costs before it is settled; what throws there leaves it unsettled. */
  readonly prepare?: (settlement: Settlement, answer: Called["answer"]) => Promise<void>;
  /** Hears that the ledger did not take what was prepared. */
  readonly refused?: (error: SettleError) => void;
}

/** What a call came to, settled. */
export interface Called {
  readonly answer: Result<Answer, { readonly type: string; readonly message: string }>;
  /** Fuel of the whole tree, and microcredits charged for it. */
  readonly fuel: number;
  readonly cost: number;
  /** What the root's module said beside its answer, also where it failed; only its author may see it. */
  readonly log?: Log;
}

/**
 * What the whole tree may cost: what the caller says, else what the root's own version could cost at most, so that an
 * algorithm which calls others is no dearer than its page says without the caller having agreed.
 */
const ceilingOf = ({ maxCost, release }: Admitted): number =>
  maxCost ?? computePrice(LIMITS.callFuel) + CALL_FEE + release.manifest.royalty;

const busy = (message: string): Result<never, Failure> => err(failure("busy", message));
const LOST = {
  busy: busy("Too many calls of this algorithm wait for memory: try again in a second."),
  unavailable: busy("The call was lost on our side and nothing of it was kept: try again."),
} as const;

const overCeiling = (maxCost: number | undefined): Called => {
  const { type, message } = ourError(
    "BudgetExceeded",
    "caller",
    maxCost === undefined ? "" : `${maxCost} microcredits`,
  );
  return { answer: err({ type, message }), fuel: 0, cost: 0 };
};

/** Runs an admitted call to its end; a Failure when the server could not even try, or could not settle it. */
export async function call(env: Env, ctx: ExecutionContext, admitted: Admitted): Promise<Result<Called, Failure>> {
  const { release, purse, deadline } = admitted;
  const ceiling = ceilingOf(admitted);
  const fixed = CALL_FEE + release.manifest.royalty;
  if (ceiling <= fixed) return ok(overCeiling(admitted.maxCost));
  const least = Math.min(fixed + LEAST_FUEL, ceiling);
  const first = Math.min(Tree.first(release.manifest.royalty), ceiling);
  const reserved = await purse.reserve(env, least, first, deadline);
  if (!reserved.ok) return err(leaseFailure(reserved.error));
  const money = reserved.value;
  let spent = 0;
  try {
    const done = await settled(env, admitted, money, { env, ctx, ...admitted, ceiling, money, nested: callNested });
    if (done.ok) spent = done.value.cost;
    if (done.ok && admitted.quote !== null && passed(done.value))
      await voidQuote(env, release.algorithm, admitted.quote);
    return done;
  } finally {
    money.close(spent);
  }
}

/** Whether it stopped at its ceiling. */
const passed = ({ answer }: Called): boolean => !answer.ok && answer.error.type === "BudgetExceeded";

const STATE_FULL = err(ourError("StateFull", "caller"));
const DATA_FULL = err(ourError("DataFull", "caller"));
const STATE_CONFLICT: Ending = err(ourError("StateConflict", "nobody"));

/** A tree whose writes do not fit: it pays for what ran. */
function refusedBy(record: CallRecord, error: PrepareError): readonly [CallRecord, Ending] {
  const ending = error === "data-full" ? DATA_FULL : STATE_FULL;
  return [failedAs(record, ending.error.type, true), ending];
}

type Ran = { readonly tree: Tree; readonly invoked: Invoked };

/** Runs the tree until what it read holds, at most LIMITS.stateRuns times, then settles its last run. */
async function settled(env: Env, admitted: Admitted, money: Held, facts: TreeFacts): Promise<Result<Called, Failure>> {
  const at = Date.now();
  const held = new Set<string>();
  let last: Tree | null = null;
  try {
    for (let run = 1; run <= LIMITS.stateRuns; run++) {
      if (last !== null) {
        // It may wait for long: its account shall know of it.
        admitted.cancel?.heard(() => undefined);
        await holdAll(last, held);
      }
      const ran = await runTree(admitted, facts);
      last = ran.tree;
      if ("lost" in ran.invoked) return LOST[ran.invoked.lost];
      const prepared = await prepareAll(ran.tree);
      if (!prepared.ok && prepared.error === "conflict") continue;
      if (!prepared.ok && prepared.error === "unavailable") return LOST.unavailable;
      const record = recordOf({ ...facts, at, invocations: ran.tree.invocations });
      if (!prepared.ok) return await finish(env, admitted, money, ...refusedBy(record, prepared.error), []);
      const done = await finish(env, admitted, money, record, endingOf(ran, admitted), prepared.value);
      if (done.ok && admitted.keep) await keep(env, admitted, ran.tree);
      if (done.ok && admitted.logs) await keepSaid(env, admitted, ran.tree);
      return done.ok && "invocation" in ran.invoked ? ok({ ...done.value, log: ran.invoked.invocation.log }) : done;
    }
    const record = recordOf({ ...facts, at, invocations: last?.invocations ?? [] });
    return await finish(env, admitted, money, failedAs(record, "StateConflict", false), STATE_CONFLICT, []);
  } finally {
    if (last !== null) await releaseAll(last, held);
  }
}

/** Keeps what the tree read and was told, for the receipt that its payer will ask for. */
const keep = (env: Env, { id, grant }: Admitted, { invocations }: Tree): Promise<void> =>
  keepTree(
    env,
    grant.account,
    id,
    invocations
      .filter((each) => !each.knowsSecrets)
      .map(({ id: node, input, tape }) => ({ id: node, input, answers: tape.kept })),
  );

const keepSaid = (env: Env, { id, grant }: Admitted, { invocations }: Tree): Promise<void> =>
  keepLogs(env, grant.account, id, keptLogs(invocations, grant));

async function runTree({ release, input }: Admitted, facts: TreeFacts): Promise<Ran> {
  const tree = new Tree(facts);
  try {
    return { tree, invoked: await invoke(tree, { release, input, parent: null }) };
  } finally {
    tree.sessions.close();
  }
}

/** What the root came to; one that could not begin was refused by its bounds. */
function endingOf({ invoked }: Ran, { maxCost, timeoutChosen }: Admitted): Ending {
  if ("ending" in invoked) return invoked.ending;
  const reason = "refused" in invoked ? invoked.refused : "TimeoutError";
  const detail = reason === "BudgetExceeded" && maxCost !== undefined ? `${maxCost} microcredits` : "";
  return err(ourError(reason, timeoutChosen ? "caller" : "author", detail));
}

/** Settles a run of the tree. Nothing of it leaves before that. */
async function finish(
  env: Env,
  admitted: Admitted,
  money: Held,
  record: CallRecord,
  ending: Ending,
  prepared: Parameters<typeof commit>[4],
): Promise<Result<Called, Failure>> {
  const { grant } = admitted;
  if (record.nodes.length === 0) return ok(calledOf(ending, record, grant));
  const settlement = settlementOf(record, !ending.ok);
  const called = calledOf(ending, record, grant);
  await admitted.prepare?.(settlement, called.answer);
  const committed = await commit(env, grant.account, money.lease, settlement, prepared);
  if (!committed.ok) {
    admitted.refused?.(committed.error);
    console.error(JSON.stringify({ event: "settlement-refused", call: record.id, reason: committed.error }));
    return err(
      failure("settlement-refused", "The call ran but could not be settled; its answer is withheld: try again."),
    );
  }
  observe(env, record);
  return ok(called);
}

/** @returns fuel as the caller may know it: that of closed algorithms in steps (market/record/view.ts) */
function calledOf(ending: Ending, record: CallRecord, grant: Grant): Called {
  const { cost } = record;
  const fuel = shownNodes(record, (owner) => isMember(grant, owner))[0]?.fuelTotal ?? 0;
  if (ending.ok) return { answer: ending, fuel, cost };
  const { type, message } = ending.error;
  return { answer: err({ type, message }), fuel, cost };
}

/** Holds every store that a run touched, so that the next one cannot lose again; no longer than the call may last. */
async function holdAll(tree: Tree, held: Set<string>): Promise<void> {
  for (const store of tree.stores) {
    if (held.has(store.name)) continue;
    held.add(store.name);
    await within(tree.facts.deadline, store.hold(tree.facts.id));
  }
}

async function within(deadline: number, work: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, Math.max(0, deadline - Date.now()));
  });
  await Promise.race([work, over]);
  clearTimeout(timer);
}

/** Best effort: a hold that is not released ends by itself. */
async function releaseAll(tree: Tree, held: ReadonlySet<string>): Promise<void> {
  const { id } = tree.facts;
  const mine = tree.stores.filter(({ name }) => held.has(name));
  await Promise.all(mine.map((store) => store.release(id).catch(() => undefined)));
}
