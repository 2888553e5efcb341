// Writes what a run says, as the reference does: publications one a line, printed text as it is, errors as a line
// (orc.md §8), all in the order in which they happen.
import { format, placeOfNode, type Program, type RunOutput } from "../../worker/orc/index.ts";
import type { Sink } from "../io.ts";

const lineOf = (output: RunOutput): string => {
  switch (output.type) {
    case "publication":
      return `${format(output.value)}\n`;
    case "text":
      return output.text;
    case "error":
      return `Error: ${output.kind}: ${output.text}\n`;
    case "end":
      return "";
  }
};

/** One line of --json. */
function documentOf(program: Program, output: RunOutput): unknown {
  switch (output.type) {
    case "publication":
      return { type: "publication", value: format(output.value) };
    case "text":
      return { type: "text", text: output.text };
    case "error": {
      const place = placeOfNode(program, output.node);
      const where = place && { source: place.source, line: place.line, column: place.column };
      return { type: "error", class: output.kind, text: output.text, ...(where && { place: where }) };
    }
    case "end":
      return { type: "end", ...output.end };
  }
}

/** Characters that are gathered before they are written: a program may publish a million times. */
const GATHERED = 2 ** 16;

export class RunWriter {
  readonly #sink: Sink;
  readonly #text: (output: RunOutput) => string;
  #gathered = "";
  #planned: NodeJS.Immediate | undefined;

  constructor(sink: Sink, program: Program, json: boolean) {
    this.#sink = sink;
    this.#text = json ? (output) => `${JSON.stringify(documentOf(program, output))}\n` : lineOf;
  }

  /** Written at the latest when the host comes to itself: nobody waits for more than what is computed at once. */
  write(output: RunOutput): void {
    this.#gathered += this.#text(output);
    if (this.#gathered.length >= GATHERED) this.flush();
    else this.#planned ??= setImmediate(() => this.flush());
  }

  flush(): void {
    clearImmediate(this.#planned);
    this.#planned = undefined;
    if (this.#gathered !== "") this.#sink.write(this.#gathered);
    this.#gathered = "";
  }
}
