// What passes between the isolate that a call came to and an object it runs from: counted, delayed, or broken. The real object
// runs behind it.
import { RpcTarget } from "cloudflare:workers";
import type { GuestHost } from "../../worker/sandbox/protocol.ts";

export interface Link {
  /** Bytes that passed, both ways: of byte arrays, texts, 8 a number. */
  bytes: number;
  /** Messages, each with its answer. */
  messages: number;
  /** Before a message, and before its answer; what they throw is thrown where the message was sent from. */
  readonly before?: (method: string) => Promise<void>;
  readonly after?: (method: string) => Promise<void>;
  /** Whether the bytes of streams are counted, which slows them down. */
  readonly streams: boolean;
}

export const link = (more: Partial<Link> = {}): Link => ({ bytes: 0, messages: 0, streams: true, ...more });

/** Bytes of a value as messages hold it, about: capabilities and streams count nothing. */
export function sizeOf(value: unknown): number {
  if (typeof value === "string") return new TextEncoder().encode(value).length;
  if (typeof value === "number") return 8;
  if (value instanceof Uint8Array) return value.length;
  if (typeof value !== "object" || value === null || value instanceof RpcTarget || value instanceof ReadableStream)
    return 1;
  return Object.entries(value).reduce((sum, [key, each]) => sum + key.length + sizeOf(each), 0);
}

type Methods = Readonly<Record<string, (...values: unknown[]) => Promise<unknown>>>;

/** A stream whose bytes are counted as they are read. */
const counted = (to: Link, stream: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> =>
  stream.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform: (chunk, controller) => {
        to.bytes += chunk.length;
        controller.enqueue(chunk);
      },
    }),
  );

/** An answer of an object, with the stream in it counted, if it has one. */
function countedAnswer(to: Link, answer: unknown): unknown {
  const read = answer as { ok?: boolean; value?: { body?: unknown } } | null;
  const body = read?.value?.body;
  return to.streams && body instanceof ReadableStream
    ? { ...read, value: { ...read?.value, body: counted(to, body) } }
    : answer;
}

async function passed(to: Link, at: Methods, method: string, values: readonly unknown[]): Promise<unknown> {
  await to.before?.(method);
  to.messages++;
  to.bytes += values.reduce<number>((sum, value) => sum + sizeOf(value), 0);
  const answer = await at[method]?.(...values);
  to.bytes += sizeOf(answer);
  await to.after?.(method);
  return countedAnswer(to, answer);
}

const HOST: Record<keyof GuestHost | "looked", true> = {
  stateGet: true,
  stateList: true,
  cancelled: true,
  extend: true,
  call: true,
  callAll: true,
  dataSize: true,
  dataRead: true,
  dataList: true,
  dataPut: true,
  dataDelete: true,
  fetch: true,
  secretGet: true,
  progress: true,
  looked: true,
};

/** A capability on the way to an object. */
class LinkedHost extends RpcTarget {
  static {
    for (const method of Object.keys(HOST)) {
      Object.defineProperty(LinkedHost.prototype, method, {
        value(this: LinkedHost, ...values: unknown[]) {
          return passed(this.#to, this.#host, method, values);
        },
      });
    }
  }

  readonly #to: Link;
  readonly #host: Methods;

  constructor(to: Link, host: Methods) {
    super();
    this.#to = to;
    this.#host = host;
  }
}

/** A namespace whose objects are asked over the link. */
export function linked<Namespace extends object>(namespace: Namespace, to: Link): Namespace {
  const ask =
    (at: Methods, method: string) =>
    (...values: unknown[]) =>
      passed(
        to,
        at,
        method,
        values.map((value) => (value instanceof RpcTarget ? new LinkedHost(to, value as never) : value)),
      );
  const stub = (at: object): object =>
    new Proxy(at, {
      get: (_, name) => (typeof name === "string" && name !== "then" ? ask(at as Methods, name) : undefined),
    });
  return new Proxy(namespace, {
    get: (_, name) => {
      const found: unknown = Reflect.get(namespace, name);
      if (typeof found !== "function") return found;
      const method = found as (...values: unknown[]) => unknown;
      return (...values: unknown[]) => {
        const made = method.apply(namespace, values);
        return name === "get" || name === "getByName" ? stub(made as object) : made;
      };
    },
  });
}
