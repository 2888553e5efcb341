// Streams of text: lines, and the events of server-sent events.

/** Lines of a stream. Who leaves the loop ends the request. */
export async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string, void, undefined> {
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
    await reader.cancel().catch(() => undefined);
  }
}

export interface StreamEvent {
  readonly id: number;
  readonly event: string;
  readonly data: unknown;
}

/** Events as our server writes them: an id, a name, one line of JSON. A piece of one that was cut off is none. */
export async function* eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<StreamEvent, void, undefined> {
  let fields: Record<string, string> = {};
  for await (const line of linesOf(body)) {
    const [, name, value] = /^(id|event|data): (.*)$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) fields[name] = value;
    if (line !== "") continue;
    const { id = "0", event = "message", data } = fields;
    if (data !== undefined) yield { id: Number(id), event, data: JSON.parse(data) as unknown };
    fields = {};
  }
}
