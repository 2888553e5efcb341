// Where an invocation runs: near its data where that is one collection, or its state where its algorithm asks for it; else here.
// Near, the object that holds it opens the sandbox, and the capability stays here (CallHost): so money, time, cancellation and
// what may be read are as ever, and whatever goes wrong there before anything was done only means that it runs as usual.
import { namedCollection } from "../data/named.ts";
import { LIMITS } from "../limits.ts";
import type { Near } from "../market/record.ts";
import { type Release, algorithmId } from "../market/release.ts";
import { type Result, err, ok } from "../market/result.ts";
import type { NearPlace } from "../objects/collection/near.ts";
import { collectionOf } from "../objects/collection/object.ts";
import type { FilesLooks } from "../objects/collection/protocol.ts";
import type { Home } from "../objects/near/host.ts";
import type { NearError, NearRan, NearRun } from "../objects/near/near.ts";
import { stateOf } from "../objects/state/object.ts";
import type { StateLooks } from "../objects/state/protocol.ts";
import type { GuestReport } from "../sandbox/protocol.ts";
import type { RunError } from "../sandbox/run.ts";
import { readerFor } from "./data.ts";
import { CallHost, type Leash } from "./host.ts";
import type { Invocation } from "./invocation.ts";

/** The host as the object has it: hears what was looked at there. */
class NearCallHost<Looks> extends CallHost implements Home<Looks> {
  #note: ((looks: Looks) => void) | null;

  constructor(invocation: Invocation, leash: Leash, note: (looks: Looks) => void) {
    super(invocation, leash);
    this.#note = note;
  }

  /** @see CallHost.end */
  static close<Looks>(host: NearCallHost<Looks>): void {
    host.#note = null;
    CallHost.end(host);
  }

  // oxlint-disable-next-line require-await -- a capability's methods answer with promises
  async looked(looks: Looks): Promise<void> {
    this.#note?.(looks);
  }
}

/** An object in which an invocation may run. */
interface There<Looks> {
  readonly ran: Near;
  run(run: NearRun, home: Home<Looks>): NearRan<Looks>;
  /** Takes over what was looked at there. */
  note(looks: Looks): void;
}

/** The objects' methods as they are called, by RPC: with a capability, which their types cannot say. */
interface Stateful {
  runNear(run: NearRun, home: Home<StateLooks>): NearRan<StateLooks>;
}
interface Filed {
  runNear(run: NearRun, from: NearPlace, home: Home<FilesLooks>): NearRan<FilesLooks>;
}

/** What its algorithm remembers for the caller; nothing that the tree has written yet. */
function nearState({ tree, release }: Invocation): There<StateLooks> | null {
  const { runs, permissions } = release.manifest;
  if (runs !== "near-state" || !permissions.includes("state")) return null;
  const view = tree.store(release);
  if (view.writes) return null;
  const [owner = "", name = ""] = release.algorithm.split("/");
  const { env, grant } = tree.facts;
  const object = stateOf(env, algorithmId(owner, name), grant.account) as unknown as Stateful;
  return { ran: "near-state", run: (run, home) => object.runNear(run, home), note: (looks) => view.looked(looks) };
}

/** The collection that its input names, if it is the caller's, or its author's and open to the author's algorithms. */
function nearData(invocation: Invocation): There<FilesLooks> | null {
  const { tree, release, input } = invocation;
  const { env, grant } = tree.facts;
  if (!release.manifest.permissions.includes("data")) return null;
  const place = namedCollection(input, grant.account);
  const reader = place === null ? null : readerFor(invocation, place);
  if (place === null || reader === null || reader === "stranger") return null;
  const view = tree.files(place.owner, place.collection);
  if (view.writes) return null;
  const object = collectionOf(env, place.owner, place.collection) as unknown as Filed;
  const from: NearPlace = { place, reader, account: grant.account, algorithm: release.algorithm };
  const note = (looks: FilesLooks): void => invocation.draft.looked(view, looks);
  return { ran: "near-data", run: (run, home) => object.runNear(run, from, home), note };
}

/** What a sandbox needs of a release: schemas and samples stay here. */
function bare({ manifest, ...release }: Release): Release {
  const { sample: _, input, output, ...rest } = manifest;
  return { ...release, manifest: { ...rest, input: { kind: input.kind }, output: { kind: output.kind } } };
}

/** What came of it there; null: it has not run, and nothing has happened. */
type RanThere = Result<GuestReport, RunError> | null;

/** Runs an invocation near what it reads, if there is room; null: it may not run there, or has nothing to read. */
export function runNear(invocation: Invocation, request: NearRun): Promise<RanThere> | null {
  const { keep, deadline } = invocation.tree.facts;
  // What is kept has to come here all the same, and what is sent there is held there.
  if (keep || invocation.input.length > LIMITS.nearInputBytes || deadline - Date.now() > LIMITS.nearSeconds * 1_000)
    return null;
  const state = nearState(invocation);
  if (state !== null) return runAt(invocation, request, state);
  const data = nearData(invocation);
  return data === null ? null : runAt(invocation, request, data);
}

async function runAt<Looks>(invocation: Invocation, request: NearRun, there: There<Looks>): Promise<RanThere> {
  const leash: Leash = { acted: false, cut: false };
  // What comes late, of a run that was given up, counts for nothing.
  const note = (looks: Looks): void => (invocation.alive && !leash.cut ? there.note(looks) : undefined);
  const home = new NearCallHost<Looks>(invocation, leash, note);
  const done = await there
    .run({ ...request, release: bare(request.release) }, home)
    .catch(lost(request.call))
    .finally(() => NearCallHost.close(home));
  if (done.ok) {
    const { report, answers, hostCalls, looks } = done.value;
    if (looks !== null) there.note(looks);
    invocation.ranNear({ ran: there.ran, answers }, hostCalls);
    return ok(report);
  }
  // It may run there still, of which nobody is to hear: its host is dead.
  leash.cut = true;
  if (leash.acted) return err(done.error === "elsewhere" ? "unavailable" : done.error);
  invocation.hostCalls = 0;
  return null;
}

const lost =
  (call: string) =>
  (error: unknown): Result<never, NearError> => {
    console.error(JSON.stringify({ event: "near-lost", call, error: String(error) }));
    return err("unavailable");
  };
