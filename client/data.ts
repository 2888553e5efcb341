// Data: files in collections. Long ones go up in parts, several at once, and come down as streams that go on where a connection
// broke. Memory stays bounded by a few parts, whatever the file's length.
import { OrcadeError } from "./errors.ts";
import { type Transport, queryOf } from "./transport.ts";
import type { ListedFile, ReadAcl } from "./types.ts";

const MB = 1_000_000;
/** Bytes above which a body does not go in one request: Cloudflare refuses bodies over 100 MB on most plans. */
const WHOLE_BYTES = 90 * MB;
const AT_ONCE = 3;
/** Times a download goes on after its connection broke without a byte in between. */
const RESUMED = 5;

export interface DataOptions {
  readonly signal?: AbortSignal;
}

export interface PutOptions extends DataOptions {
  /** Put only a file that is not there yet; or only in place of one with this ETag. */
  readonly ifAbsent?: boolean;
  readonly ifMatch?: string;
  /** Bytes above which it goes in parts; 90 MB when not said, and at most. */
  readonly partsAbove?: number;
  /** Bytes of a part; what the server advises when not said. */
  readonly partBytes?: number;
  /** Told as bytes are taken by the server. */
  readonly onProgress?: (bytes: number) => void;
}

/** What a file can be put from. A stream is read once, so it goes in parts. */
export type Source = string | Uint8Array | ArrayBuffer | Blob | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;

/** `data://owner/collection/file`, with or without `data://`; `.my` is the key's own account. */
function pathOf(path: string): string {
  const parts = path
    .replace(/^data:\/\//, "")
    .split("/")
    .filter((part) => part !== "");
  return `/v1/data/${parts.map(encodeURIComponent).join("/")}`;
}

const conditions = ({ ifAbsent, ifMatch }: PutOptions): Record<string, string> => ({
  ...(ifAbsent === true ? { "If-None-Match": "*" } : {}),
  ...(ifMatch === undefined ? {} : { "If-Match": ifMatch }),
});

/** A file that is there: its facts, and its bytes as they come. */
export class DataFile {
  readonly size: number;
  readonly etag: string;
  readonly modified: Date;
  /** The bytes; read once. */
  readonly body: ReadableStream<Uint8Array>;

  constructor(size: number, etag: string, modified: Date, body: ReadableStream<Uint8Array>) {
    this.size = size;
    this.etag = etag;
    this.modified = modified;
    this.body = body;
  }

  async bytes(): Promise<Uint8Array> {
    return new Uint8Array(await new Response(this.body as BodyInit).arrayBuffer());
  }

  text(): Promise<string> {
    return new Response(this.body as BodyInit).text();
  }

  async json<T = unknown>(): Promise<T> {
    return JSON.parse(await this.text()) as T;
  }
}

interface Listing {
  readonly folders: readonly { readonly name: string }[];
  readonly files: readonly ListedFile[];
  readonly marker?: string;
  readonly acl?: { readonly read: ReadAcl };
}

interface Session {
  readonly upload: string;
  readonly part_bytes: number;
}

export class Data {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Names of an owner's collections. */
  async *collections(owner = ".my"): AsyncGenerator<string, void, undefined> {
    for await (const { folders } of this.#pages(owner)) for (const { name } of folders) yield name;
  }

  /** A collection's files, in byte order of their names. */
  async *list(collection: string): AsyncGenerator<ListedFile, void, undefined> {
    for await (const { files } of this.#pages(collection)) yield* files;
  }

  async *#pages(path: string): AsyncGenerator<Listing, void, undefined> {
    for (let marker: string | undefined, first = true; first || marker !== undefined; first = false) {
      const page: Listing = await this.#transport.json<Listing>({ path: `${pathOf(path)}${queryOf({ marker })}` });
      yield page;
      marker = page.marker;
    }
  }

  /** Makes a collection. @param path `.my/name` @returns false when it was there */
  async make(path: string, acl: ReadAcl = ["algo://.my/*"]): Promise<boolean> {
    const parts = path
      .replace(/^data:\/\//, "")
      .split("/")
      .filter((part) => part !== "");
    const name = parts.pop() ?? "";
    const body = JSON.stringify({ name, acl: { read: acl } });
    const headers = { "Content-Type": "application/json" };
    const sent = { method: "POST", path: pathOf(parts.join("/") || ".my"), headers, body, accept: [409] } as const;
    const answer = await this.#transport.send(sent);
    await answer.body?.cancel();
    return answer.status !== 409;
  }

  async setAcl(collection: string, acl: ReadAcl): Promise<void> {
    const body = JSON.stringify({ acl: { read: acl } });
    const headers = { "Content-Type": "application/json" };
    await this.#transport.send({ method: "PATCH", path: pathOf(collection), headers, body });
  }

  async acl(collection: string): Promise<ReadAcl | undefined> {
    const page = await this.#transport.json<Listing>({ path: `${pathOf(collection)}?acl=true` });
    return page.acl?.read;
  }

  /** Deletes a file, or a collection. @param force also one with files @returns false when it was not there */
  async delete(path: string, force = false): Promise<boolean> {
    const query = force ? "?force=true" : "";
    const answer = await this.#transport.send({ method: "DELETE", path: `${pathOf(path)}${query}`, accept: [404] });
    await answer.body?.cancel();
    return answer.status !== 404;
  }

  async exists(path: string): Promise<boolean> {
    return (await this.#transport.send({ method: "HEAD", path: pathOf(path), accept: [404] })).status !== 404;
  }

  /**
   * A file, whole or from one place below another. Its stream goes on by itself where a connection breaks, and fails when the
   * file was replaced meanwhile.
   */
  async get(
    path: string,
    options: DataOptions & { readonly from?: number; readonly below?: number } = {},
  ): Promise<DataFile> {
    const { from = 0, below, signal } = options;
    const ranged = from > 0 || below !== undefined;
    const range = ranged ? { Range: `bytes=${from}-${below === undefined ? "" : below - 1}` } : {};
    const answer = await this.#transport.send({ path: pathOf(path), headers: { Accept: "*/*", ...range }, signal });
    const size = Number(answer.headers.get("Content-Length") ?? 0);
    const etag = answer.headers.get("ETag") ?? "";
    const modified = new Date(answer.headers.get("Last-Modified") ?? 0);
    const rest = (at: number): Promise<Response> =>
      this.#transport.send({
        path: pathOf(path),
        headers: { Accept: "*/*", "If-Match": etag, Range: `bytes=${from + at}-${from + size - 1}` },
        signal,
      });
    return new DataFile(size, etag, modified, steady(answer, size, rest, signal));
  }

  /** Puts a file, or replaces it. Until its last byte has come readers see what was there before. */
  async put(path: string, source: Source, options: PutOptions = {}): Promise<void> {
    const bound = Math.min(options.partsAbove ?? WHOLE_BYTES, WHOLE_BYTES);
    const body =
      typeof source === "string"
        ? new TextEncoder().encode(source)
        : source instanceof ArrayBuffer
          ? new Uint8Array(source)
          : source;
    if (body instanceof Uint8Array && body.length <= bound) return this.#whole(path, body, body.length, options);
    if (body instanceof Blob && body.size <= bound) return this.#whole(path, body, body.size, options);
    return this.#inParts(path, body, options);
  }

  async #whole(path: string, body: Uint8Array | Blob, length: number, options: PutOptions): Promise<void> {
    const headers = { "Content-Type": "application/octet-stream", ...conditions(options) };
    const answer = await this.#transport.send({
      method: "PUT",
      path: pathOf(path),
      headers,
      body,
      signal: options.signal,
    });
    await answer.body?.cancel();
    options.onProgress?.(length);
  }

  async #inParts(path: string, source: Exclude<Source, string | ArrayBuffer>, options: PutOptions): Promise<void> {
    const { signal, onProgress } = options;
    const size = source instanceof Uint8Array ? source.length : source instanceof Blob ? source.size : 0;
    const to = path.startsWith("data://") ? path : `data://${path}`;
    const session = await this.#transport.post<Session>("/v1/uploads", { path: to, size }, { signal });
    const sending = new Set<Promise<void>>();
    let sent = 0;
    let number = 0;
    const send = async (part: Uint8Array | Blob, length: number, at: number): Promise<void> => {
      const headers = { "Content-Type": "application/octet-stream" };
      const answer = await this.#transport.json<{ bytes: number }>({
        method: "PUT",
        path: `${session.upload}/${at}`,
        headers,
        body: part,
        signal,
      });
      if (answer.bytes !== length) throw broken(`Part ${at} arrived with ${answer.bytes} bytes of ${length}.`);
      onProgress?.(length);
    };
    try {
      for await (const part of partsOf(source, options.partBytes ?? session.part_bytes)) {
        const length = part instanceof Blob ? part.size : part.length;
        sent += length;
        const done = send(part, length, number++).finally(() => sending.delete(done));
        sending.add(done);
        if (sending.size >= AT_ONCE) await Promise.race(sending);
      }
      await Promise.all(sending);
      await this.#transport.post(
        `${session.upload}/complete`,
        { size: sent },
        { headers: conditions(options), signal },
      );
    } catch (error) {
      await Promise.allSettled(sending);
      // What came stays for a week; nobody goes on with it.
      await this.#transport.send({ method: "DELETE", path: session.upload, accept: [404] }).catch(() => undefined);
      throw error;
    }
  }
}

const broken = (message: string): OrcadeError =>
  new OrcadeError(message, {
    status: 0,
    code: "checksum-mismatch",
    retry: true,
    retryAfter: null,
    requestId: null,
    fields: [],
  });

/** Cuts a source into parts of so many bytes; an empty one is one empty part. */
async function* partsOf(
  source: Exclude<Source, string | ArrayBuffer>,
  bytes: number,
): AsyncGenerator<Uint8Array | Blob> {
  if (source instanceof Blob || source instanceof Uint8Array) {
    const length = source instanceof Blob ? source.size : source.length;
    for (let at = 0; at < Math.max(length, 1); at += bytes)
      yield source instanceof Blob ? source.slice(at, at + bytes) : source.subarray(at, at + bytes);
    return;
  }
  let held: Uint8Array[] = [];
  let length = 0;
  let parts = 0;
  for await (const chunk of iterable(source)) {
    for (let at = 0; at < chunk.length;) {
      const piece = chunk.subarray(at, at + bytes - length);
      held.push(piece);
      at += piece.length;
      length += piece.length;
      if (length < bytes) continue;
      yield joined(held, length);
      [held, length, parts] = [[], 0, parts + 1];
    }
  }
  if (length > 0 || parts === 0) yield joined(held, length);
}

function joined(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** Chunks of a stream, where streams are not iterable by themselves, too. */
async function* iterable(source: ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (Symbol.asyncIterator in source) {
    yield* source as AsyncIterable<Uint8Array>;
    return;
  }
  const reader = (source as ReadableStream<Uint8Array>).getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** The bytes of an answer, gone on with where its connection breaks. @param rest asks for the bytes from a place on */
function steady(
  first: Response,
  size: number,
  rest: (at: number) => Promise<Response>,
  signal: AbortSignal | undefined,
): ReadableStream<Uint8Array> {
  let reader = first.body?.getReader();
  let at = 0;
  let broke = 0;
  const next = async (): Promise<Uint8Array | null> => {
    for (;;) {
      try {
        const read = await reader?.read();
        if (read?.done === false) {
          at += read.value.length;
          broke = 0;
          return read.value;
        }
        if (at >= size) return null;
        throw broken(`The file broke off after ${at} of ${size} bytes.`);
      } catch (error) {
        if (signal?.aborted === true || ++broke > RESUMED) throw error;
        reader = (await rest(at)).body?.getReader();
      }
    }
  };
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const chunk = await next();
      if (chunk === null) controller.close();
      else controller.enqueue(chunk);
    },
    async cancel(reason) {
      await reader?.cancel(reason);
    },
  });
}
