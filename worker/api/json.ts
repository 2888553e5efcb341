// A native route's JSON body.
import type { ZodType } from "zod";
import { LIMITS } from "../limits.ts";
import { type Failure, failure } from "../market/failure.ts";
import { type Result, err, ok } from "../market/result.ts";
import { readBody } from "./body.ts";
import { fieldErrors } from "./errors.ts";

/** A JSON body that fits a shape, or what is wrong with it, field by field. */
export async function jsonBody<T>(
  request: Request,
  shape: ZodType<T>,
  most: number = LIMITS.bodyBytes,
): Promise<Result<T, Failure>> {
  const body = await readBody(request, most);
  if (!body.ok) return body;
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body.value));
  } catch {
    return err(failure("not-json", "The body must be one JSON object in UTF-8."));
  }
  const parsed = shape.safeParse(value);
  if (parsed.success) return ok(parsed.data);
  const errors = fieldErrors(parsed.error);
  return err(failure("invalid-body", "The body does not fit what this route takes; see `errors`.", { errors }));
}
