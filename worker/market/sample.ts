// The sample of a manifest: what a version shows a visitor, tried when it is published. Pure.
import type { Manifest } from "./manifest.ts";
import { type Result, err, ok } from "./result.ts";

/** What a version made of its sample when it was published. */
export type SampleRun =
  /** It has none, or it calls other algorithms, which publishing does not pay for. */
  | { readonly status: "none" }
  | { readonly status: "skipped"; readonly reason: string }
  | {
      readonly status: "completed";
      readonly fuel: number;
      /** The answer's length; `output` holds its beginning, as text or (of bytes) in base64. */
      readonly bytes: number;
      readonly kind: string;
      readonly output: string;
    }
  | {
      readonly status: "failed";
      readonly fuel: number;
      readonly error: { readonly type: string; readonly message: string };
    };

/** Bytes of an answer that are kept. */
export const SAMPLE_OUTPUT_BYTES = 4 * 1024;

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * The bytes that a sample stands for: JSON as it is; a string as its UTF-8; bytes as `{"base64": "..."}`.
 * @returns a sentence when the sample cannot be an input of the manifest's kind
 */
export function sampleBytes({ input, sample }: Pick<Manifest, "input" | "sample">): Result<Uint8Array, string> {
  const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
  if (input.kind === "json") return ok(utf8(JSON.stringify(sample)));
  if (typeof sample === "string") return ok(utf8(sample));
  if (input.kind === "text") return err("must be a string, as the input is text");
  const base64 = typeof sample === "object" && sample !== null && !Array.isArray(sample) ? sample["base64"] : undefined;
  return typeof base64 === "string" && BASE64.test(base64)
    ? ok(new Uint8Array(Buffer.from(base64, "base64")))
    : err('must be {"base64": "..."} or a string, as the input is bytes');
}

/** The beginning of an answer as it is shown. @param kind the answer's */
export function shownOutput(kind: string, bytes: Uint8Array): string {
  const some = bytes.subarray(0, SAMPLE_OUTPUT_BYTES);
  return kind === "bytes" ? Buffer.from(some).toString("base64") : new TextDecoder().decode(some);
}
