// What a durable run has said and says, as a stream that can be taken up where it broke off: pages from the run's disk, read
// only as fast as the reader takes them. Between them, silence is written, which is how the runtime finds that he is gone.
import type { RunView, SaidPage } from "../objects/run/protocol.ts";
import type { Format } from "./encode.ts";

/** Milliseconds that one page is waited for. */
const WAIT_MS = 10_000;

const encoder = new TextEncoder();

const framed = (format: Format, id: number, event: string, json: string): string =>
  format === "sse" ? `id: ${id}\nevent: ${event}\ndata: ${json}\n\n` : `${json}\n`;

/** The last document: how the run ended, as the summary of POST /v1/orc. */
const endOf = ({ state, code, text, publications, calls, fuel, cost }: RunView): string =>
  JSON.stringify({
    type: "end",
    state,
    ...(code === null ? {} : { code }),
    ...(text === null ? {} : { text }),
    publications,
    calls,
    fuel,
    cost_microcredits: cost,
  });

/**
 * @param page asks for what was said after a place, and waits for it; null: the run is gone
 * @param follow whether it goes on until the run has ended; else until nothing more was said
 */
export function eventsOf(
  page: (after: number, ms: number) => Promise<SaidPage | null>,
  after: number,
  format: Format,
  follow: boolean,
): ReadableStream<Uint8Array> {
  let last = after;
  return new ReadableStream<Uint8Array>({
    async pull(controller): Promise<void> {
      const next = await page(last, follow ? WAIT_MS : 0);
      if (next === null) return controller.close();
      if (next.said.length > 0) {
        last = next.said.at(-1)?.seq ?? last;
        const text = next.said.map(({ seq, kind, document }) => framed(format, seq, kind, document)).join("");
        return controller.enqueue(encoder.encode(text));
      }
      if (next.end !== null) controller.enqueue(encoder.encode(framed(format, last, "end", endOf(next.end))));
      if (next.end !== null || !follow) return controller.close();
      controller.enqueue(encoder.encode(format === "sse" ? ":\n\n" : " "));
    },
  });
}
