// Programs in Orc: what they publish, line by line, as they run.
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

/** Lines of a stream of text. */
async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let held = "";
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      const lines = (held + decoder.decode(next.value, { stream: true })).split("\n");
      held = lines.pop() ?? "";
      yield* lines;
    }
    yield held + decoder.decode();
  } finally {
    // Who leaves the loop ends the run.
    await reader.cancel().catch(() => undefined);
  }
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
