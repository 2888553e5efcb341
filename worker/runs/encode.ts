// What a run says, as a stream of JSON documents: one a line (application/x-ndjson), or one an event (text/event-stream).
import { format, placeOfNode, type Program } from "../orc/index.ts";
import type { Output } from "../orc/engine/index.ts";
import { writeJson } from "../orc/values/json.ts";

/** The last document of a stream. */
export interface Summary {
  /** How the run ended: it halted, it can never go on, it passed a bound (`code` says which), or its time was over. */
  readonly state: "halted" | "blocked" | "overrun" | "cancelled" | "timeout";
  readonly code?: string;
  readonly text?: string;
  readonly publications: number;
  /** Calls of algorithms that were begun. */
  readonly calls: number;
  /** Of evaluation; that of calls stands in their own records. */
  readonly fuel: number;
  /** Microcredits of evaluation and calls. */
  readonly cost: number;
}

export type Format = "ndjson" | "sse";

export const TYPE: Readonly<Record<Format, string>> = {
  ndjson: "application/x-ndjson; charset=utf-8",
  sse: "text/event-stream; charset=utf-8",
};

/** The format that an Accept header asks for; lines unless it names events. */
export const formatFor = (accept: string | undefined): Format =>
  (accept ?? "").toLowerCase().includes("text/event-stream") ? "sse" : "ndjson";

/** `value` is there when the publication has a JSON form; `text` is its text as Orc writes it. */
export function documentOf(program: Program, output: Output): string {
  switch (output.type) {
    case "publication": {
      const json = writeJson(output.value);
      const value = typeof json === "string" ? `"value":${json},` : "";
      return `{"type":"publication",${value}"text":${JSON.stringify(format(output.value))}}`;
    }
    case "text":
      return JSON.stringify({ type: "text", text: output.text });
    case "error": {
      const place = placeOfNode(program, output.node);
      const where =
        place === undefined ? {} : { place: { source: place.source, line: place.line, column: place.column } };
      return JSON.stringify({ type: "error", class: output.kind, text: output.text, ...where });
    }
  }
}

const encoder = new TextEncoder();

export class Encoder {
  readonly #program: Program;
  readonly #format: Format;
  /** Number of the last document. */
  #count = 0;

  constructor(program: Program, format: Format) {
    this.#program = program;
    this.#format = format;
  }

  outputs(outputs: readonly Output[]): Uint8Array {
    return encoder.encode(
      outputs.map((output) => this.#framed(output.type, documentOf(this.#program, output))).join(""),
    );
  }

  /** What says nothing: white space before the next line, or a comment between events. */
  silence(): Uint8Array {
    return encoder.encode(this.#format === "sse" ? ":\n\n" : " ");
  }

  end({ cost, ...summary }: Summary): Uint8Array {
    return encoder.encode(this.#framed("end", JSON.stringify({ type: "end", ...summary, cost_microcredits: cost })));
  }

  /** JSON has no raw line ends, so that it is one line in either format. */
  #framed(event: string, json: string): string {
    this.#count++;
    return this.#format === "sse" ? `id: ${this.#count}\nevent: ${event}\ndata: ${json}\n\n` : `${json}\n`;
  }
}
