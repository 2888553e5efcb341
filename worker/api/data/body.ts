// The body of an upload: bytes when they are few, else a byte stream that passes through untouched.
import { WHOLE_BYTES } from "../../objects/collection/protocol.ts";
import { type Failure, failure } from "../../market/failure.ts";
import { type Result, err, ok } from "../../market/result.ts";

export interface UploadBody {
  readonly body: Uint8Array | ReadableStream<Uint8Array>;
  /** Bytes announced; null when the body is chunked. */
  readonly length: number | null;
  /** 32 hex digits, from Content-MD5 (RFC 1864); null without one. */
  readonly md5: string | null;
}

function md5Of(header: string | null): Result<string | null, Failure> {
  if (header === null) return ok(null);
  try {
    const bytes = Uint8Array.from(atob(header.trim()), (c) => c.charCodeAt(0));
    if (bytes.length === 16) return ok([...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(""));
  } catch {
    // Said below.
  }
  return err(failure("invalid-parameter", "Content-MD5 must be the base64 of 16 bytes (RFC 1864)."));
}

/** @param limit the body's last accepted length in bytes */
export async function uploadBody(request: Request, limit: number): Promise<Result<UploadBody, Failure>> {
  const md5 = md5Of(request.headers.get("Content-MD5"));
  if (!md5.ok) return md5;
  const declared = request.headers.get("Content-Length");
  const length = declared === null ? null : Number(declared);
  if (length !== null && length > limit)
    return err(failure("body-too-large", `The body is over ${limit} bytes (${limit / 1_048_576} MiB).`));
  const { body } = request;
  if (body === null) return ok({ body: new Uint8Array(0), length: 0, md5: md5.value });
  if (length === null) return ok({ ...(await peeked(body)), md5: md5.value });
  if (length > WHOLE_BYTES) return ok({ body, length, md5: md5.value });
  const bytes = new Uint8Array(await request.arrayBuffer());
  return ok({ body: bytes, length, md5: md5.value });
}

/** Looks how long a chunked body is: most are short, and bytes cost less than a stream. */
async function peeked(body: ReadableStream<Uint8Array>): Promise<Pick<UploadBody, "body" | "length">> {
  const reader = body.getReader({ mode: "byob" });
  const { value: first } = await reader.readAtLeast(WHOLE_BYTES + 1, new Uint8Array(WHOLE_BYTES + 1));
  if (first === undefined || first.length <= WHOLE_BYTES) return { body: first ?? new Uint8Array(0), length: null };
  reader.releaseLock();
  const { readable, writable } = new IdentityTransformStream();
  void rejoin(first, body, writable);
  return { body: readable, length: null };
}

async function rejoin(first: Uint8Array, rest: ReadableStream<Uint8Array>, into: WritableStream): Promise<void> {
  try {
    const writer = into.getWriter();
    await writer.write(first);
    writer.releaseLock();
    await rest.pipeTo(into);
  } catch (error) {
    // Whoever reads must not take what came for the whole.
    await into.abort(error).catch(() => undefined);
  }
}
