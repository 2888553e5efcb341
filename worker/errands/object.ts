// Errand, the Durable Object: runs its call as any other call runs (worker/calls), for the key that asked, and tells a
// webhook when it has ended. What it remembers, and which attempt counts, is objects/errand.
import { type Admitted, call } from "../calls/call.ts";
import { Canceller } from "../calls/cancel.ts";
import { isMember } from "../calls/member.ts";
import { openPurseOf } from "../calls/purses.ts";
import { releaseFor } from "../calls/target.ts";
import { mayCall } from "../market/access/scopes.ts";
import { FAILURES, type Failure, failure } from "../market/failure.ts";
import type { Grant } from "../market/access/grant.ts";
import type { CallRecord } from "../market/record.ts";
import { shownNodes } from "../market/record/view.ts";
import { type Result, err, ok } from "../market/result.ts";
import type { Progress } from "../objects/account/running.ts";
import { ErrandKeeper } from "../objects/errand/object.ts";
import type { Commission, Ended, Outcome } from "../objects/errand/protocol.ts";
import type { Attempt, Verdict } from "../objects/task/task.ts";
import { outcomeOf } from "./outcome.ts";
import { sendWebhook } from "./webhook.ts";

/** Milliseconds an attempt keeps for settling what ran. */
const SETTLE_MS = 15_000;

const NOTHING = { kind: null, error: null, failure: null, fuel: 0, cost: 0, settled: null } as const;
const EMPTY = new Uint8Array(0);

type Prepared = Outcome & { readonly settled: string };

/** The fuel of a tree as its payer may know it. */
function shownFuelOf(record: string, grant: Grant): number {
  const nodes = shownNodes(JSON.parse(record) as CallRecord, (owner) => isMember(grant, owner));
  return nodes[0]?.fuelTotal ?? 0;
}

export class Errand extends ErrandKeeper {
  #canceller: Canceller | null = null;

  protected override stop(): void {
    this.#canceller?.cancel();
  }

  protected override async attempt(attempt: Attempt, settles: string, commission: Commission): Promise<Verdict> {
    const admitted = await this.#admit(attempt, settles, commission);
    if (!admitted.ok) return this.#refused(commission, admitted.error);
    const began = Date.now();
    const seconds = (): number => (Date.now() - began) / 1_000;
    const { grant } = admitted.value;
    let prepared: Prepared | null = null;
    const called = await call(this.env, this.ctx as unknown as ExecutionContext, {
      ...admitted.value,
      prepare: async (settlement, answer) => {
        const fuel = shownFuelOf(settlement.record, grant);
        prepared = outcomeOf({ answer, fuel, cost: settlement.total }, commission, seconds(), settles);
        await this.prepare(attempt, prepared, answer.ok ? answer.value.bytes : EMPTY);
      },
    });
    if (!called.ok) return this.#refused(commission, called.error);
    await this.conclude(prepared ?? outcomeOf(called.value, commission, seconds(), null));
    return { state: "done" };
  }

  protected override tell(attempt: Attempt, ended: Ended): Promise<Verdict> {
    return sendWebhook(this.env, attempt, ended);
  }

  /** Everything about the call is asked anew: what its key opens, and whether the version may still be called. */
  async #admit(attempt: Attempt, settles: string, commission: Commission): Promise<Result<Admitted, Failure>> {
    const { keyHash, account, owner, name, version, maxCost, timeoutMs, quote, keep, timeoutChosen } = commission;
    const { hops = 0 } = commission;
    const opened = await openPurseOf(this.env, keyHash, account);
    if (!opened.ok) return opened;
    const { grant, purse } = opened.value;
    if (!mayCall(grant.key.scopes, owner, name)) {
      return err(failure("forbidden", `This key may not call ${owner}/${name}.`, { reason: "scope-missing" }));
    }
    const release = await releaseFor(this.env, { owner, name, selector: version }, isMember(grant, owner));
    if (!release.ok) return release;
    this.#canceller = new Canceller();
    this.progress = null;
    if (this.cancelled) this.#canceller.cancel();
    const deadline = Math.min(Date.now() + timeoutMs, attempt.until - SETTLE_MS);
    const bounds = { maxCost: maxCost ?? undefined, quote, keep, deadline, timeoutChosen, cancel: this.#canceller };
    const said = (progress: Progress): void => {
      if (attempt.holds) this.progress = progress;
    };
    return ok({
      id: settles,
      grant,
      purse,
      release: release.value,
      input: this.input,
      said,
      hops,
      logs: true,
      ...bounds,
    });
  }

  /** What could not be run now is tried again; what never can be has ended. */
  async #refused({ version, build }: Commission, found: Failure): Promise<Verdict> {
    if (FAILURES[found.code].retry) {
      console.error(JSON.stringify({ event: "errand-put-off", code: found.code, message: found.message }));
      return { state: "again" };
    }
    await this.conclude({ ...NOTHING, status: "refused", failure: found, version, build, duration: 0 });
    return { state: "failed" };
  }
}
