// Programs in Orc: what they publish, line by line, as they run.
import { linesOf } from "./lines.ts";
import { type Transport, queryOf } from "./transport.ts";
import type { Publication } from "./types.ts";

/** The program's text, or the text with arguments and files to include. */
export type Program =
  | string
  | {
      readonly program: string;
      readonly arguments?: Readonly<Record<string, unknown>>;
      readonly files?: Readonly<Record<string, string>>;
    };

export interface OrcOptions {
  /** Seconds. */
  readonly timeout?: number;
  /** Microcredits for evaluation and all calls. */
  readonly maxCost?: number;
  readonly signal?: AbortSignal;
}

export async function* runProgram(
  transport: Transport,
  program: Program,
  { timeout, maxCost, signal }: OrcOptions,
): AsyncGenerator<Publication, void, undefined> {
  const document = typeof program === "string" ? { program } : program;
  const answer = await transport.send({
    method: "POST",
    path: `/v1/orc${queryOf({ timeout })}`,
    headers: {
      "Content-Type": "application/json",
      Accept: "application/x-ndjson, application/problem+json",
      ...(maxCost === undefined ? {} : { "X-Orcade-Max-Cost": String(maxCost) }),
    },
    body: JSON.stringify(document),
    signal,
  });
  if (answer.body === null) return;
  for await (const line of linesOf(answer.body)) if (line.trim() !== "") yield JSON.parse(line) as Publication;
}
