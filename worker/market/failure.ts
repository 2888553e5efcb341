// Every way a request can be refused before an algorithm runs, in one closed table. `api/errors.ts` maps a Failure to what
// a stranger may learn; nothing else decides a status. (How an algorithm itself fails is `outcome.ts`'s.)

interface Kind {
  readonly status: number;
  readonly title: string;
  /** Whether the same request may succeed later without being changed. */
  readonly retry: boolean;
}

export const FAILURES = {
  "authorization-required": { status: 401, title: "authorization required", retry: false },
  "unknown-key": { status: 401, title: "This API key is not known or no longer valid.", retry: false },
  forbidden: { status: 403, title: "The key may not do this.", retry: false },
  "unknown-host": { status: 421, title: "This server does not answer for that Host.", retry: false },
  "unknown-route": { status: 404, title: "There is nothing at this address.", retry: false },
  "unknown-method": { status: 405, title: "This address does not take that method.", retry: false },
  "unknown-algorithm": { status: 404, title: "The algorithm was not found.", retry: false },
  "unknown-version": { status: 404, title: "The algorithm has no such version.", retry: false },
  "body-missing": { status: 400, title: "The request has no body.", retry: false },
  "body-too-large": { status: 413, title: "The request body is too large.", retry: false },
  "unsupported-content-type": { status: 400, title: "missing / unsupported Content-Type", retry: false },
  "not-utf8": { status: 400, title: "The body is not UTF-8.", retry: false },
  "not-json": { status: 400, title: "The body is not JSON.", retry: false },
  "json-too-deep": { status: 400, title: "The JSON is nested too deeply.", retry: false },
  "invalid-input": { status: 400, title: "The input does not fit the algorithm's schema.", retry: false },
  "invalid-parameter": { status: 400, title: "A parameter of the request is not valid.", retry: false },
  "invalid-body": { status: 400, title: "The body does not fit what this route takes.", retry: false },
  "name-taken": { status: 409, title: "The name is taken.", retry: false },
  "too-many-organizations": { status: 409, title: "The account has too many organisations.", retry: false },
  "already-bootstrapped": { status: 409, title: "The first operator exists already.", retry: false },
  "version-exists": { status: 409, title: "The version exists with other content.", retry: false },
  "royalty-rule": { status: 409, title: "A free algorithm may charge only from a new major version.", retry: false },
  "too-many-versions": { status: 409, title: "The algorithm has too many versions.", retry: false },
  "invalid-manifest": { status: 422, title: "The manifest is not valid.", retry: false },
  "invalid-schema": { status: 422, title: "A schema of the manifest is not valid.", retry: false },
  "refused-module": { status: 422, title: "The module cannot be published.", retry: false },
  busy: { status: 503, title: "The server is busy.", retry: true },
  internal: { status: 500, title: "Something went wrong on our side.", retry: true },
} as const satisfies Record<string, Kind>;

export type FailureCode = keyof typeof FAILURES;

export interface Failure {
  readonly code: FailureCode;
  /** A sentence for the person who sent the request: what is wrong and what to do. */
  readonly message: string;
  /** A finer code within `code`, for example why a module was refused. */
  readonly reason?: string;
  /** The offending fields, where there are such. */
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
}

export const failure = (code: FailureCode, message: string, more: Omit<Failure, "code" | "message"> = {}): Failure => ({
  code,
  message,
  ...more,
});
