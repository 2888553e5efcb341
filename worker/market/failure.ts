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
  "key-expired": { status: 401, title: "This API key has expired.", retry: false },
  "account-suspended": { status: 403, title: "The account is suspended.", retry: false },
  "rate-limited": { status: 429, title: "Too many requests.", retry: true },
  throttled: { status: 429, title: "Too many attempts.", retry: true },
  forbidden: { status: 403, title: "The key may not do this.", retry: false },
  "insufficient-credits": { status: 402, title: "The account has too few credits.", retry: false },
  "key-limit": { status: 402, title: "The key may not spend so much.", retry: false },
  "settlement-refused": { status: 503, title: "The call could not be settled: nothing was charged.", retry: true },
  "unknown-host": { status: 421, title: "This server does not answer for that Host.", retry: false },
  "unknown-route": { status: 404, title: "There is nothing at this address.", retry: false },
  "unknown-method": { status: 405, title: "This address does not take that method.", retry: false },
  "unknown-algorithm": { status: 404, title: "The algorithm was not found.", retry: false },
  "unknown-version": { status: 404, title: "The algorithm has no such version.", retry: false },
  "invalid-quote": { status: 409, title: "The quote does not hold for this call.", retry: false },
  "suspended-version": { status: 403, title: "The version is suspended.", retry: false },
  "unknown-call": { status: 404, title: "The call was not found.", retry: false },
  "unknown-job": { status: 404, title: "The job was not found.", retry: false },
  "invalid-job": { status: 422, title: "The job cannot be run as it is.", retry: false },
  "empty-source": { status: 422, title: "The source is empty.", retry: false },
  "job-state": { status: 409, title: "The job is in another state.", retry: false },
  "too-many-jobs": { status: 429, title: "The account has too many open jobs.", retry: true },
  "unknown-run": { status: 404, title: "The run was not found.", retry: false },
  "run-ended": { status: 409, title: "The run has ended.", retry: false },
  "too-many-runs": { status: 409, title: "The account has too many runs.", retry: false },
  "too-many-signals": { status: 409, title: "The run has too many signals.", retry: false },
  "look-alike": { status: 409, title: "The name looks like another.", retry: false },
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
  "name-reserved": { status: 409, title: "The name is reserved.", retry: false },
  "invite-refused": { status: 403, title: "The invite opens nothing.", retry: false },
  "key-exists": { status: 409, title: "The key exists already, with other settings.", retry: false },
  "last-key": { status: 409, title: "The account needs this key.", retry: false },
  "last-owner": { status: 409, title: "The organisation needs this owner.", retry: false },
  "too-many-keys": { status: 409, title: "The account has too many keys.", retry: false },
  "too-many-members": { status: 409, title: "The organisation has too many members.", retry: false },
  "unknown-account": { status: 404, title: "There is no such account.", retry: false },
  "unknown-organization": { status: 404, title: "There is no such organisation.", retry: false },
  "unknown-member": { status: 404, title: "The organisation has no such member.", retry: false },
  "unknown-api-key": { status: 404, title: "The account has no such key.", retry: false },
  "unknown-invite": { status: 404, title: "There is no such invite.", retry: false },
  "too-many-organizations": { status: 409, title: "The account has too many organisations.", retry: false },
  "balance-overflow": { status: 409, title: "The balance cannot hold that much.", retry: false },
  "id-conflict": { status: 409, title: "The id was used for something else.", retry: false },
  "nothing-to-refund": { status: 409, title: "There is nothing to refund.", retry: false },
  "already-bootstrapped": { status: 409, title: "The first operator exists already.", retry: false },
  "version-exists": { status: 409, title: "The version exists with other content.", retry: false },
  "royalty-rule": { status: 409, title: "A free algorithm may charge only from a new major version.", retry: false },
  "too-many-versions": { status: 409, title: "The algorithm has too many versions.", retry: false },
  "invalid-manifest": { status: 422, title: "The manifest is not valid.", retry: false },
  "invalid-schema": { status: 422, title: "A schema of the manifest is not valid.", retry: false },
  "refused-module": { status: 422, title: "The module cannot be published.", retry: false },
  "invalid-program": { status: 422, title: "The program does not compile.", retry: false },
  "path-not-found": { status: 404, title: "There is no such data.", retry: false },
  "invalid-path": { status: 400, title: "The path of the data is not valid.", retry: false },
  "invalid-marker": { status: 400, title: "The marker belongs to another listing.", retry: false },
  "invalid-acl": { status: 400, title: "The acl is not valid.", retry: false },
  "connector-unavailable": { status: 404, title: "Only hosted data is available.", retry: false },
  "collection-exists": { status: 409, title: "The collection exists already.", retry: false },
  "collection-not-empty": { status: 409, title: "The collection is not empty.", retry: false },
  "too-many-collections": { status: 409, title: "The account has too many collections.", retry: false },
  "too-many-files": { status: 409, title: "The collection has too many files.", retry: false },
  "precondition-failed": { status: 412, title: "The file is not as the request expects it.", retry: false },
  "range-not-satisfiable": { status: 416, title: "The file is shorter than the range.", retry: false },
  "checksum-mismatch": { status: 400, title: "The bytes that came are not those that were announced.", retry: true },
  "quota-exceeded": { status: 413, title: "The data quota is used up.", retry: false },
  "nothing-to-publish": { status: 409, title: "There is nothing to publish.", retry: false },
  "unknown-build": { status: 404, title: "The algorithm has no such build.", retry: false },
  "unknown-logs": { status: 404, title: "There are no such logs.", retry: false },
  "unknown-secret": { status: 404, title: "The algorithm has no such secret.", retry: false },
  "secret-exists": { status: 409, title: "The secret exists already.", retry: false },
  "not-available": { status: 404, title: "This is not available here.", retry: false },
  "idempotency-mismatch": { status: 422, title: "The Idempotency-Key was sent with another request.", retry: false },
  "call-running": { status: 409, title: "The call has not ended.", retry: true },
  "too-many-calls": { status: 429, title: "Too many asynchronous calls have not ended.", retry: true },
  busy: { status: 503, title: "The server is busy.", retry: true },
  internal: { status: 500, title: "Something went wrong on our side.", retry: true },
} as const satisfies Record<string, Kind>;

export type FailureCode = keyof typeof FAILURES;

/** A rate limit as the caller sees it. */
export interface RateStanding {
  readonly limit: number;
  readonly remaining: number;
  /** Milliseconds since 1970. */
  readonly reset: number;
}

export interface Failure {
  readonly code: FailureCode;
  /** A sentence for the person who sent the request: what is wrong and what to do. */
  readonly message: string;
  /** A finer code within `code`, for example why a module was refused. */
  readonly reason?: string;
  /** Seconds after which a retry may help; 1 when it is not said. */
  readonly retryAfter?: number;
  /** The wire contract's number for it, where that does not follow from `code`. */
  readonly wire?: number;
  /** The rate limit that was used up. */
  readonly rate?: RateStanding;
  /** The offending fields, where there are such. */
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
}

export const failure = (code: FailureCode, message: string, more: Omit<Failure, "code" | "message"> = {}): Failure => ({
  code,
  message,
  ...more,
});
