// How refusals look on the wire contract's management routes (§2): their numeric codes, and the one text that clients compare.
import type { Failure, FailureCode } from "../../market/failure.ts";

/** Paths of the management face. Native routes among them answer problem documents with the contract's `error` in them. */
const MANAGEMENT =
  /^\/v1\/(?:algorithms|users|organizations?|scms|algorithm-environments|secret-provider|insights|admin|hostedData)(?:\/|$)/;

export const isManagement = (path: string): boolean => MANAGEMENT.test(path);

/** Codes that do not follow from the failure alone; `Failure.wire` says those. */
const CODES: Partial<Readonly<Record<FailureCode, number>>> = {
  "unknown-algorithm": 1000,
  "unknown-version": 1010,
  "look-alike": 1002,
  "version-exists": 1007,
  "nothing-to-publish": 1007,
  "unknown-build": 1010,
  "unknown-logs": 1011,
  "authorization-required": 2002,
  "unknown-key": 2002,
  "key-expired": 2002,
  forbidden: 2001,
  "account-suspended": 2001,
  "not-json": 2013,
  "invalid-body": 2015,
  "unknown-account": 3000,
  "name-taken": 3003,
  "name-reserved": 3003,
  "unknown-organization": 3100,
  "last-owner": 3102,
  "invalid-parameter": 5003,
  "invalid-marker": 5002,
  internal: 5001,
  "not-available": 5005,
  "unknown-secret": 8001,
  "secret-exists": 8002,
  "body-too-large": 6001,
  "invalid-manifest": 6001,
  "refused-module": 6001,
};
const OTHERWISE = 6001;

/** `{"id", "code", "message"}`. @param requestId `req-` and a UUID */
export const errorObject = ({ code, message, wire }: Failure, requestId: string): object => ({
  id: requestId.replace(/^req-/, ""),
  code: wire ?? CODES[code] ?? OTHERWISE,
  message,
});

/** Node compares this answer as text, Python looks for it in the text (contract §2). */
export const NO_SUCH_ALGORITHM = '{"error":"No such algorithm"}';

/** Whether a client asked for problem documents: ours does. */
export const wantsProblem = (accept: string | undefined): boolean =>
  accept?.includes("application/problem+json") ?? false;
