// How a command fails: one class, one closed set of exit codes. Every failure says what happened and what to do next;
// main.ts is the only place that prints one.

export const EXIT = { ok: 0, failed: 1, usage: 2, credentials: 3, unreachable: 4 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What each exit code means, as `orcade help exit-codes` prints it. */
export const EXIT_MEANING: Readonly<Record<ExitCode, string>> = {
  0: "it worked",
  1: "the server refused, the algorithm failed or it could not be built",
  2: "the command line is wrong, or a file that it names",
  3: "no API key, or one that may not do this",
  4: "the server cannot be reached or did not answer in time",
};

export class CliFailure extends Error {
  override readonly name = "CliFailure";
  readonly exit: ExitCode;
  /** A stable kebab-case word for scripts (`--json`). */
  readonly code: string;
  /** What to do about it: one sentence. */
  readonly hint: string | undefined;

  constructor(exit: ExitCode, code: string, message: string, hint?: string) {
    super(message);
    this.exit = exit;
    this.code = code;
    this.hint = hint;
  }
}

/** @param hint what to write instead */
export const usage = (message: string, hint?: string): CliFailure => new CliFailure(EXIT.usage, "usage", message, hint);

/** @returns the message of whatever was thrown, without a stack */
export const messageOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));

/** @returns the `code` of a system error (ENOENT, ECONNREFUSED), if it has one */
export function systemCode(thrown: unknown): string | undefined {
  if (typeof thrown !== "object" || thrown === null || !("code" in thrown)) return undefined;
  return typeof thrown.code === "string" ? thrown.code : undefined;
}
