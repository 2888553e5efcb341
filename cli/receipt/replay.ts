// Replaying a receipt: every node whose module and input are at hand is metered and run again, here, and must do exactly what
// was signed. What it asked the platform is answered from the tape; other algorithms it called are replayed themselves.
import { createHash } from "node:crypto";
import { Replies } from "../../worker/calls/all.ts";
import { type Ending, endingOf } from "../../worker/calls/outcome.ts";
import { LIMITS } from "../../worker/limits.ts";
import type { Kind } from "../../worker/market/manifest.ts";
import { type HostAnswer, Tape, callParts, fetchIn, sizeIn } from "../../worker/market/record/tape.ts";
import { shownFuel } from "../../worker/market/record/view.ts";
import { buildHash, meterModule } from "../../worker/sandbox/build.ts";
import { type ForeignFacts, foreignOf } from "../../worker/sandbox/foreign.ts";
import { runModule } from "../../worker/sandbox/guest/machine.ts";
import {
  type AnswerKind,
  type AskedCall,
  type CallReply,
  type CallsReply,
  type DataWritten,
  type Fetched,
  type GuestCall,
  type GuestHost,
  type GuestReport,
  KIND_NUMBER,
  type Replied,
} from "../../worker/sandbox/protocol.ts";
import type { KeptValues, OpenModule, ReceiptFile, ReceiptNode } from "./file.ts";

/** What was found of a node. `refused`: it did something else than was signed. */
export interface NodeVerdict {
  readonly id: string;
  readonly algorithm: string;
  readonly version: string;
  readonly verdict: "replayed" | "signed only" | "refused";
  /** Why it was not replayed, or what differs. */
  readonly reason: string;
}

/** Something that a replay needs is not at hand: says nothing against the receipt. */
class Missing extends Error {}
/** The replay differs from what was signed. */
class Differs extends Error {}

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
const bytesOf = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, "base64"));

/** Errors that the module alone does not decide: limits of the caller's, the clock, the ledger, other calls. */
const OUTER_ERRORS = new Set(
  "FuelExhausted BudgetExceeded InsufficientCredits Cancelled TimeoutError StateConflict StateFull Unavailable".split(
    " ",
  ),
);
/** What bounds a replay: nothing that the caller had set. */
const UNBOUNDED = { limit: null, maxCost: undefined, quoted: false, timeoutChosen: false } as const;

/** A module as it runs, made once for all nodes of its build. */
interface Prepared {
  readonly module: WebAssembly.Module;
  readonly call: Omit<GuestCall["module"], "foreign">;
  /** How it is driven, where other tools built it. */
  readonly facts: ForeignFacts;
  readonly kind: Kind;
  readonly output: AnswerKind;
}

/** Time a replay of one node may take. */
const REPLAY_MS = 10 * 60_000;

export class Replay {
  readonly #file: ReceiptFile;
  readonly #builds = new Map<string, Promise<Prepared>>();
  readonly #done = new Map<string, Promise<GuestReport>>();

  constructor(file: ReceiptFile) {
    this.#file = file;
  }

  /** Judges every node, in the receipt's order. */
  async run(): Promise<readonly NodeVerdict[]> {
    const verdicts: NodeVerdict[] = [];
    for (const node of this.#nodes) {
      const { id, algorithm, version } = node;
      verdicts.push({ id, algorithm, version, ...(await this.#judge(node)) });
    }
    return verdicts;
  }

  get #nodes(): readonly ReceiptNode[] {
    return this.#file.receipt.statement.nodes;
  }

  async #judge(node: ReceiptNode): Promise<Pick<NodeVerdict, "verdict" | "reason">> {
    try {
      await this.#replayed(node);
      return { verdict: "replayed", reason: "" };
    } catch (error) {
      if (error instanceof Missing) return { verdict: "signed only", reason: error.message };
      if (error instanceof Differs) return { verdict: "refused", reason: error.message };
      throw error;
    }
  }

  /** Runs a node once, however often it is asked for. @throws Missing, Differs */
  #replayed(node: ReceiptNode, given?: Uint8Array): Promise<GuestReport> {
    const known = this.#done.get(node.id);
    if (known !== undefined) return known;
    const input = this.#inputOf(node, given);
    // A node's input may become known when its parent is replayed: only then is it final that it is missing.
    if (input === undefined) return Promise.reject(new Missing("its input was not kept"));
    const run = this.#rerun(node, input);
    this.#done.set(node.id, run);
    run.catch(() => undefined);
    return run;
  }

  #inputOf(node: ReceiptNode, given: Uint8Array | undefined): Uint8Array | undefined {
    const kept = this.#kept(node);
    return given ?? (kept === undefined ? undefined : bytesOf(kept.input));
  }

  #kept(node: ReceiptNode): KeptValues | undefined {
    return this.#file.kept.find(({ id }) => id === node.id);
  }

  async #rerun(node: ReceiptNode, input: Uint8Array): Promise<GuestReport> {
    if (sha256(input) !== node.input) throw new Differs("the input at hand is not the one that was signed");
    if (OUTER_ERRORS.has(node.error ?? ""))
      throw new Missing(`it ended by ${node.error}, which does not depend on the module alone`);
    const prepared = await this.#prepared(node);
    const host = new ReplayHost(this.#kept(node)?.answers ?? null, (callee, bytes) => this.#child(node, callee, bytes));
    const call: GuestCall = {
      module: { ...prepared.call, foreign: foreignOf(node.algorithm, prepared.facts) },
      input,
      kind: KIND_NUMBER[prepared.kind],
      fuel: LIMITS.callFuel,
      grows: false,
      // Without a seed in the record it had looked at neither clock nor chance, and must not now: `compare` sees to that.
      fate: { now: node.started, seed: new Uint8Array(Buffer.from(node.seed ?? "0".repeat(64), "hex")) },
      deadline: Date.now() + REPLAY_MS,
      tail: false,
    };
    const report = await host.finish(() => runModule(prepared.module, call, host, false));
    compare(node, report, endingOf(report.outcome, prepared.output, UNBOUNDED), host.tape);
    return report;
  }

  #prepared(node: ReceiptNode): Promise<Prepared> {
    const known = this.#builds.get(node.build);
    if (known !== undefined) return known;
    const open = this.#file.modules[node.build];
    if (open === undefined)
      return Promise.reject(new Missing(node.closed ? "its source is closed" : "its module is not in the file"));
    const made = prepare(node.build, open);
    this.#builds.set(node.build, made);
    return made;
  }

  /** The child that a node's next call of an algorithm with an input started, replayed; null when there is no such. */
  async #child(parent: ReceiptNode, callee: string, input: Uint8Array): Promise<ChildReply | null> {
    const [owner = "", name = ""] = callee.replace(/^algo:\/\//, "").split("/");
    const algorithm = `${owner}/${name}`.toLowerCase();
    const hash = sha256(input);
    const child = this.#nodes.find(
      (each) =>
        each.parent === parent.id &&
        each.algorithm.toLowerCase() === algorithm &&
        each.input === hash &&
        !this.#taken.has(each.id),
    );
    if (child === undefined) return null;
    this.#taken.add(child.id);
    // What a failure was told its caller is on the tape alone.
    if (child.status === "failed") return { report: null };
    try {
      return { report: await this.#replayed(child, input) };
    } catch (error) {
      if (error instanceof Missing || error instanceof Differs) return { report: null };
      throw error;
    }
  }

  /** Children that a call of their parent was matched with. */
  readonly #taken = new Set<string>();
}

/** A child's replay, or null when it could not be replayed. */
interface ChildReply {
  readonly report: GuestReport | null;
}

/** The types of Workers, which know no compiling from bytes, hide that Node can. */
const NodeModule = WebAssembly.Module as unknown as new (bytes: Uint8Array) => WebAssembly.Module;

/** Meters a module again. The build's hash proves that it is the one that ran, by the same cost table and prices. */
async function prepare(build: string, open: OpenModule): Promise<Prepared> {
  const { abi, memory, permissions, input, output, wasm } = open;
  const metered = meterModule(bytesOf(wasm), memory);
  if (!metered.ok) throw new Differs(`the module at hand cannot be metered: ${metered.error.message}`);
  if ((await buildHash(abi, metered.value)) !== build) {
    throw new Missing(
      "this version of orcade makes another build of its module: another cost table, or another module",
    );
  }
  const { module, fuelExport, startExport, initialCost } = metered.value;
  return {
    module: new NodeModule(module),
    kind: input,
    output,
    facts: open,
    call: {
      fuelExport,
      startExport,
      instantiation: initialCost,
      state: permissions.includes("state"),
      call: permissions.includes("call"),
      data: permissions.includes("data"),
      dataWrite: permissions.includes("data-write"),
      internet: permissions.includes("internet"),
      secrets: permissions.includes("secrets"),
    },
  };
}

const ALL = { fuel: LIMITS.callFuel, since: 0, turned: false } as const;

/** Answers a replayed module: from its tape, and calls of other algorithms from their replays. */
class ReplayHost implements GuestHost {
  readonly tape = new Tape(false);
  readonly #answers: readonly HostAnswer[] | null;
  readonly #child: (callee: string, input: Uint8Array) => Promise<ChildReply | null>;
  #next = 0;
  #stopped: Error | undefined;

  constructor(
    answers: KeptValues["answers"],
    child: (callee: string, input: Uint8Array) => Promise<ChildReply | null>,
  ) {
    this.#answers =
      answers?.map(({ function: name, parts }) => ({ function: name, parts: parts.map(bytesOf) })) ?? null;
    this.#child = child;
  }

  /** Runs; why the host could not answer counts for more than what became of the module then. */
  async finish(run: () => Promise<GuestReport>): Promise<GuestReport> {
    try {
      const report = await run();
      if (this.#stopped !== undefined) throw this.#stopped;
      return report;
    } catch (error) {
      throw this.#stopped ?? error;
    }
  }

  cancelled(): Promise<void> {
    return new Promise(() => undefined);
  }

  stateGet(): Promise<Uint8Array | null> {
    const { parts } = this.#taped("state_get");
    return Promise.resolve(parts[0] ?? null);
  }

  stateList(): Promise<readonly Uint8Array[]> {
    return Promise.resolve(this.#taped("state_list").parts);
  }

  dataSize(): Promise<number | null> {
    const [size] = this.#taped("data_size").parts;
    return Promise.resolve(size === undefined ? null : sizeIn(size));
  }

  dataRead(): Promise<Uint8Array | null> {
    return Promise.resolve(this.#taped("data_read").parts[0] ?? null);
  }

  dataList(): Promise<readonly string[] | null> {
    const [mark, ...names] = this.#taped("data_list").parts;
    return Promise.resolve(mark === undefined ? null : names.map((name) => new TextDecoder().decode(name)));
  }

  dataPut(): Promise<DataWritten> {
    return Promise.resolve(this.#written("data_put"));
  }

  dataDelete(): Promise<DataWritten> {
    return Promise.resolve(this.#written("data_delete"));
  }

  #written(name: "data_put" | "data_delete"): DataWritten {
    return new TextDecoder().decode(this.#taped(name).parts[0]) as DataWritten;
  }

  fetch(): Promise<Fetched> {
    return Promise.resolve(fetchIn(this.#taped("fetch").parts));
  }

  secretGet(): Promise<never> {
    return Promise.reject(this.#stop(new Missing("it read a secret of its author's, which nobody is shown")));
  }

  progress(): Promise<void> {
    return Promise.resolve();
  }

  extend(): Promise<{ readonly fuel: number }> {
    return Promise.resolve(ALL);
  }

  async call(callee: string, _kind: number, input: Uint8Array): Promise<CallReply> {
    const answered = await this.#answered(callee, input);
    return { ...ALL, ...(answered === null ? replyOf(this.#taped("call")) : this.#told(answered)) };
  }

  async callAll(calls: readonly AskedCall[]): Promise<CallsReply> {
    const replies = new Replies(calls.length);
    for (const [index, { callee, input }] of calls.entries()) {
      const answered = await this.#answered(callee, input);
      replies.put(index, this.#answers === null ? (answered ?? replyOf(this.#taped("call"))) : this.#agreed(answered));
    }
    if (this.#answers === null) for (const reply of replies.all) this.#told(reply);
    return { ...ALL, replies: replies.all };
  }

  /** The next answer on the tape: the callee's own, unless the list's bound cut it off. @throws Differs */
  #agreed(answered: Replied | null): Replied {
    const reply = replyOf(this.#taped("call"));
    const same =
      answered === null ||
      !("answer" in answered) ||
      !("answer" in reply) ||
      (reply.answer === answered.answer && Buffer.compare(reply.bytes, answered.bytes) === 0);
    if (!same) throw this.#stop(new Differs("a callee's answer is not what its caller was told"));
    return reply;
  }

  /** What a callee answered when it was replayed; null when only the tape knows. */
  async #answered(callee: string, input: Uint8Array): Promise<Replied | null> {
    const child = await this.#child(callee, input);
    const outcome = child?.report?.outcome;
    return outcome?.kind === "answered" ? { answer: outcome.answer, bytes: outcome.bytes } : null;
  }

  /** Writes down what follows from the callee's own replay. */
  #told(reply: Replied): Replied {
    if (this.#answers === null) this.tape.add({ function: "call", parts: callParts(reply) });
    else this.#taped("call");
    return reply;
  }

  /** The next answer on the tape, which must be of this function. */
  #taped(name: HostAnswer["function"]): HostAnswer {
    const answer = this.#answers?.[this.#next++];
    if (this.#answers === null) throw this.#stop(new Missing("what the platform answered it was not kept"));
    if (answer?.function !== name) throw this.#stop(new Differs(`it asked ${name}, which it had not asked then`));
    this.tape.add(answer);
    return answer;
  }

  #stop(error: Error): Error {
    this.#stopped ??= error;
    return error;
  }
}

function replyOf({ parts }: HostAnswer): Replied {
  const [kind, bytes = new Uint8Array(0)] = parts;
  const name = new TextDecoder().decode(kind);
  if (name !== "error") return { answer: name as AnswerKind, bytes };
  const { error_type: type, message } = JSON.parse(new TextDecoder().decode(bytes)) as {
    error_type: string;
    message: string;
  };
  return { error: { type, message } };
}

/** @throws Differs */
function compare(node: ReceiptNode, { fuel, pages, looked }: GuestReport, ending: Ending, tape: Tape): void {
  const pairs: readonly (readonly [what: string, found: unknown, signed: unknown])[] = [
    ["error", ending.ok ? null : ending.error.type, node.error],
    ["output", ending.ok ? sha256(ending.value.bytes) : null, node.output],
    ["output bytes", ending.ok ? ending.value.bytes.length : 0, node.outputBytes],
    ["fuel", shownFuel(fuel, !node.closed), node.fuel],
    ["pages of memory", pages, node.memoryPages],
    ["host answers", tape.hash, node.answers],
    ["a look at clock or chance", looked, node.seed !== undefined],
  ];
  const wrong = pairs.find(([, found, signed]) => found !== signed);
  if (wrong !== undefined)
    throw new Differs(`${wrong[0]}: ${String(wrong[1])} when replayed, ${String(wrong[2])} signed`);
}
