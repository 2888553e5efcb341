// Kept: the input and the host's answers of one call tree, for its payer, who asked for it (`X-Orcade-Keep: input`) so that
// the call can be replayed from its receipt; and what its algorithms logged, where they are the payer's own. One object a call;
// it forgets everything after LIMITS.keptMs.
import { KEPT_MIGRATIONS, type PartRow, keptStatements } from "../../../kv-schema/tables/kept.ts";
import type { Env } from "../../env.ts";
import { LIMITS } from "../../limits.ts";
import type { HostAnswer, TapedFunction } from "../../market/record/tape.ts";
import { type Result, err, ok } from "../../market/result.ts";
import { Agenda } from "../agenda/agenda.ts";
import type { Log } from "../../sandbox/protocol.ts";
import { Noun } from "../noun.ts";

const CHUNK_BYTES = 1024 * 1024;
const FORGET = "forget";

/** What one node read and was told. */
export interface KeptNode {
  /** As in its record. */
  readonly id: string;
  readonly input: Uint8Array;
  readonly answers: readonly HostAnswer[];
}

/** What one node logged. */
export interface KeptLog extends Log {
  readonly node: string;
  readonly algorithm: string;
  readonly version: string;
}

const chunksOf = (bytes: Uint8Array): Uint8Array[] => {
  const count = Math.max(1, Math.ceil(bytes.length / CHUNK_BYTES));
  return Array.from({ length: count }, (_, i) => bytes.slice(i * CHUNK_BYTES, (i + 1) * CHUNK_BYTES));
};

const lengthOf = ({ input, answers }: KeptNode): number =>
  input.length + answers.reduce((sum, { parts }) => sum + parts.reduce((all, part) => all + part.length, 0), 0);

export class Kept extends Noun {
  readonly #sql = keptStatements(this.db);
  readonly #agenda = new Agenda(this.ctx.storage, this.db);

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, KEPT_MIGRATIONS);
  }

  /** Keeps a tree; keeping it again changes nothing. @returns too-large: more than LIMITS.keptBytes, and nothing was kept */
  async keep(account: string, call: string, nodes: readonly KeptNode[]): Promise<Result<null, "too-large">> {
    if (nodes.reduce((sum, node) => sum + lengthOf(node), 0) > LIMITS.keptBytes) return err("too-large");
    this.establish();
    if (this.#sql.kept() === undefined)
      await this.#keep(account, call, () => nodes.forEach((node) => this.#write(node)));
    return ok(null);
  }

  /** Keeps what a tree logged, after what else is kept of it; doing it again changes nothing. */
  async keepLogs(account: string, call: string, logs: readonly KeptLog[]): Promise<void> {
    this.establish();
    if (this.#sql.logs().length > 0) return;
    await this.#keep(account, call, () => {
      for (const log of logs) this.#sql.addLog({ ...log, lines: JSON.stringify(log.lines) });
    });
  }

  async #keep(account: string, call: string, write: () => void): Promise<void> {
    const until = Date.now() + LIMITS.keptMs;
    this.transaction(() => {
      this.#sql.keep(account, call, until);
      write();
    });
    await this.#agenda.plan(FORGET, "", until);
  }

  #write({ id, input, answers }: KeptNode): void {
    this.#writeValue(id, 0, "input", [input]);
    answers.forEach((answer, index) => this.#writeValue(id, index + 1, answer.function, answer.parts));
  }

  #writeValue(node: string, value: number, name: string, parts: readonly Uint8Array[]): void {
    const common = { node, value, function: name, parts: parts.length };
    if (parts.length === 0) this.#sql.add({ ...common, part: 0, bytes: new ArrayBuffer(0) });
    parts.forEach((part, index) => {
      for (const chunk of chunksOf(part)) this.#sql.add({ ...common, part: index, bytes: chunk.slice().buffer });
    });
  }

  /** @param account who asks @returns null when nothing is kept (any more), or it is not theirs */
  get(account: string): readonly KeptNode[] | null {
    return this.#for(account) ? nodesOf(this.#sql.parts()) : null;
  }

  /** @param account who asks */
  logs(account: string): readonly KeptLog[] {
    if (!this.#for(account)) return [];
    return this.#sql.logs().map((row) => ({ ...row, lines: JSON.parse(row.lines) as Log["lines"] }));
  }

  /** Whether something is kept, and theirs. */
  #for(account: string): boolean {
    const kept = this.established ? this.#sql.kept() : undefined;
    return kept !== undefined && kept.account.toLowerCase() === account.toLowerCase() && kept.until >= Date.now();
  }

  override async alarm(): Promise<void> {
    if (!this.established) return;
    const until = this.#sql.kept()?.until ?? 0;
    if (until <= Date.now()) await this.erase();
    else await this.#agenda.serve(Date.now(), () => Promise.resolve());
  }
}

/** Chunks, in the order they were written, as the nodes they are of. */
function nodesOf(rows: readonly PartRow[]): readonly KeptNode[] {
  const nodes = new Map<string, Map<number, { name: string; parts: Uint8Array[][] }>>();
  for (const { node, value, function: name, parts, part, bytes } of rows) {
    const values = nodes.get(node) ?? new Map<number, { name: string; parts: Uint8Array[][] }>();
    nodes.set(node, values);
    const known = values.get(value) ?? { name, parts: Array.from({ length: parts }, () => []) };
    values.set(value, known);
    known.parts[part]?.push(new Uint8Array(bytes));
  }
  return [...nodes].map(([id, values]) => {
    const all = [...values].sort(([a], [b]) => a - b).map(([, value]) => value);
    const whole = all.map(({ name, parts }) => ({ function: name as TapedFunction, parts: parts.map(joined) }));
    const [input, ...answers] = whole;
    return { id, input: input?.parts[0] ?? new Uint8Array(0), answers };
  });
}

const joined = (chunks: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(chunks));

/** The object of a call. */
export const keptOf = (env: Env, call: string): DurableObjectStub<Kept> => env.KEPT.get(env.KEPT.idFromName(call));

/** Keeps what a call tree read and was told. What fails here fails nobody: then there is only less to replay. */
export async function keepTree(env: Env, account: string, call: string, nodes: readonly KeptNode[]): Promise<void> {
  try {
    await keptOf(env, call).keep(account, call, nodes);
  } catch (error) {
    console.error(JSON.stringify({ event: "keep-failed", call, error: String(error) }));
  }
}

/** Keeps what a call tree logged; what fails here fails nobody either. */
export async function keepLogs(env: Env, account: string, call: string, logs: readonly KeptLog[]): Promise<void> {
  try {
    if (logs.length > 0) await keptOf(env, call).keepLogs(account, call, logs);
  } catch (error) {
    console.error(JSON.stringify({ event: "keep-failed", call, error: String(error) }));
  }
}
