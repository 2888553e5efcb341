// What a durable run is made of: its program as it was sent, the versions that its algorithms' names mean, and who answers
// and pays for its calls.
import { gunzipSync, gzipSync } from "node:zlib";
import { isMember } from "../calls/member.ts";
import { openPurseOf } from "../calls/purses.ts";
import { releaseFor, targetOf } from "../calls/target.ts";
import type { RunRow } from "../../kv-schema/tables/run.ts";
import type { Env } from "../env.ts";
import { LIMITS } from "../limits.ts";
import type { Grant } from "../market/access/grant.ts";
import { sha256OfText } from "../market/hash.ts";
import { type Result, err, ok } from "../market/result.ts";
import { createRun } from "../orc/engine/index.ts";
import { Run } from "../orc/engine/run.ts";
import type { Program } from "../orc/index.ts";
import { portOf } from "../orc/sites/core.ts";
import { recordOf } from "../orc/values/kinds.ts";
import { readJson } from "../orc/values/json.ts";
import { writeAnswer } from "./answers.ts";
import { Callees } from "./callees.ts";
import { Ceiling } from "./ceiling.ts";
import { ARGUMENTS_SITE, CALL_SITE, compileProgram, DATA_SITE, HTTP_SITE } from "./compile.ts";
import { dataPorts } from "./data.ts";
import { Debts } from "./debts.ts";
import { ask, type Port } from "./drive.ts";
import { httpPorts } from "./http.ts";
import type { Services } from "./life.ts";
import { Pieces } from "./pieces.ts";
import { Algorithms } from "./sites.ts";
import type { Store } from "./store.ts";

/** The text `program` of a run's store. */
interface Kept {
  readonly source: string;
  readonly files: Readonly<Record<string, string>>;
  /** JSON. */
  readonly args: string;
  readonly hosts: readonly string[];
  /** @see Out.hops; a run that was begun by an earlier version lacks it. */
  readonly hops?: number;
  /** Label of the key. */
  readonly key: string;
}

const keptIn = (store: Store): Kept => JSON.parse(store.text("program") ?? "") as Kept;

const compiled = ({ source, files }: Pick<Kept, "source" | "files">): Program | null => {
  const result = compileProgram(source, new Map(Object.entries(files)));
  return result.ok ? result.program : null;
};

/** Programs of the runs that live in this isolate, by the SHA-256 of their JSON: a life after another is of the same one. */
const programs = new Map<string, Program>();
const PROGRAMS = 100;

/** The compiled program of a run; null: it is not what was pinned. */
export function programIn(store: Store, pinned: string): Program | null {
  const known = programs.get(pinned);
  if (known !== undefined) return known;
  const json = gunzipSync(Buffer.from(store.text("compiled") ?? "", "base64")).toString();
  if (sha256OfText(json) !== pinned) return null;
  const program = JSON.parse(json) as Program;
  if (programs.size >= PROGRAMS) programs.clear();
  programs.set(pinned, program);
  return program;
}

export interface Pinned {
  /** SHA-256 of the compiled program's JSON. */
  readonly program: string;
  /** That JSON, gzipped, in base64: a later release may compile the same text to another program. */
  readonly compiled: string;
  /** By `owner/name@selector` in lower case. */
  readonly pins: readonly (readonly [name: string, version: string])[];
}

const NAMED = /^[A-Za-z][\w-]{0,29}\/[A-Za-z][\w-]{0,63}(?:[@/][\w.^~-]{1,64})?$/;
/** Names that are looked up when a run begins; others when they are called first. */
const PINS = 50;

/** Looks at a program before it begins. @returns what is wrong with it */
export async function beginning(
  env: Env,
  { program: source, files, grant }: { readonly program: string; readonly files: Kept["files"]; readonly grant: Grant },
): Promise<Result<Pinned, string>> {
  const program = compiled({ source, files });
  if (program === null) return err("The program does not compile.");
  const run = createRun(program);
  if (!(run instanceof Run)) return err("text" in run ? run.text : "The program cannot begin.");
  const names = program.constants.flatMap((each) =>
    each.type === "string" && NAMED.test(each.text) ? [each.text] : [],
  );
  const pins = await Promise.all(names.slice(0, PINS).map((name) => pinned(env, name, grant)));
  const json = JSON.stringify(program);
  return ok({ program: sha256OfText(json), compiled: gzipSync(json).toString("base64"), pins: pins.flat() });
}

/** The version that a name in a program's text means now; none when it names no algorithm. */
async function pinned(env: Env, text: string, grant: Grant): Promise<Pinned["pins"]> {
  const target = targetOf(text.replace("@", "/"));
  if (!target.ok) return [];
  const { owner, name, selector } = target.value;
  const release = await releaseFor(env, target.value, isMember(grant, owner));
  return release.ok ? [[`${owner}/${name}@${selector}`.toLowerCase(), release.value.version]] : [];
}

export interface Owner {
  readonly env: Env;
  readonly ctx: DurableObjectState;
  readonly row: RunRow;
  readonly store: Store;
  readonly holds: () => boolean;
}

/** Who answers and pays for one life of a run. */
export function servicesOf({ env, ctx, row, store, holds }: Owner): Services {
  const kept = keptIn(store);
  const { id, account, key, made } = row;
  const { hops = 0 } = kept;
  const ceiling = new Ceiling(row.ceiling);
  ceiling.spent = row.spent;
  const open = () => openPurseOf(env, key, account);
  const payer = { env, account, ceiling, open };
  const debts = new Debts(payer, store);
  const pieces = new Pieces(payer, store, debts, { id, key: kept.key, program: kept.source, made });
  const deadline = (timeout: number | undefined): number =>
    Math.min(row.deadline, Date.now() + Math.min(timeout ?? CALL_MS, CALL_MS));
  const sandboxes = new Map<string, number>();
  const algorithms = new Algorithms({ env, ctx: executionOf(ctx), id, open, ceiling, deadline, sandboxes, hops });
  const callees = new Callees({ env, store, debts, algorithms, run: id, holds });
  const args = readJson(kept.args) ?? recordOf([]);
  const ports = new Map<string, Port>([
    [ARGUMENTS_SITE, () => Promise.resolve({ type: "value", value: args })],
    ...dataPorts({ env, open }),
    ...httpPorts({ env, hosts: kept.hosts, hops, deadline: row.deadline, id: (n) => `${id}.${n}` }),
  ]);
  return {
    recover: () => debts.recover(),
    ask: async (call, cancel, unpaid) => {
      const { name, first } = portOf(call.site);
      if (name === CALL_SITE) return callees.ask(call.id, [...first, ...call.args], cancel, unpaid);
      // What the program decided is on the disk before anybody outside can hear of it.
      if (OUTWARD.has(name)) await store.sync();
      return writeAnswer(await ask(ports, call, cancel));
    },
    pay: (fuel) => pieces.pay(fuel),
    finish: (fuel, calls, error) => pieces.finish(fuel, calls, error),
    rest: () => pieces.close(),
  };
}

/** Sites that do something which stays when the run is begun anew from its journal. */
const OUTWARD: ReadonlySet<string> = new Set([
  ...["get", "post", "send"].map((method) => `${HTTP_SITE}.${method}`),
  `${DATA_SITE}.put`,
]);

/** Milliseconds one call of a durable run may last: less than a life of the run. */
const CALL_MS = LIMITS.timeoutSeconds * 1_000;

/** What the calls engine wants of where it runs, in an object. */
const executionOf = (ctx: DurableObjectState): ExecutionContext => ctx as unknown as ExecutionContext;
