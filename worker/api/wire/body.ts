// Bodies of the wire contract's management routes: tolerant where official clients are sloppy (contract §5, §8). Empty, `null`
// and form-encoded bodies say nothing; nulls in an object are as if they were left out; what is unknown is ignored.
import type { ZodType } from "zod";
import { LIMITS } from "../../limits.ts";
import { type Failure, failure } from "../../market/failure.ts";
import { parseJson } from "../../market/json.ts";
import { type Result, err, ok } from "../../market/result.ts";
import { readBody } from "../body.ts";
import type { AppContext } from "../context.ts";
import { fieldErrors } from "../errors.ts";

/** Nesting that any of these bodies has. */
const DEPTH = 16;
const FORM = /^application\/x-www-form-urlencoded/i;

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, each]) => each !== null);
  return Object.fromEntries(entries.map(([name, each]) => [name, withoutNulls(each)]));
}

/** A body that fits a shape; {} for one that says nothing. */
export async function wireBody<T>(c: AppContext, shape: ZodType<T>): Promise<Result<T, Failure>> {
  const body = await readBody(c.req.raw, LIMITS.bodyBytes);
  if (!body.ok) return body;
  const silent = body.value.length === 0 || FORM.test(c.req.header("Content-Type") ?? "");
  const read = silent ? ok({}) : parseJson(body.value, { depth: DEPTH });
  if (!read.ok) return err(failure("not-json", `The body must be JSON: ${read.error.message}`));
  const parsed = shape.safeParse(withoutNulls(read.value ?? {}));
  if (parsed.success) return ok(parsed.data);
  const errors = fieldErrors(parsed.error);
  const [first] = errors;
  const message = first === undefined ? "The body does not fit." : `${first.path}: ${first.message}`;
  return err(failure("invalid-body", message, { errors }));
}

/** A flag of a query: clients write it in any case (contract §2.7). Undefined when it is not said. */
export function flag(text: string | undefined): boolean | undefined {
  const word = text?.toLowerCase();
  return word === "true" || word === "1" ? true : word === "false" || word === "0" ? false : undefined;
}
