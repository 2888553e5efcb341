// A command is data and a handler. The handler returns what there is to say; main.ts prints it, as text or with --json as
// one document. A handler writes to the terminal itself only when it goes on for long (`start`).
import type { ExitCode } from "./failure.ts";
import type { Io } from "./io.ts";
import type { Say } from "./progress.ts";
import type { Settings } from "./settings.ts";

interface CommandOption {
  /** As commander writes it: "-d, --data <text>". */
  readonly flags: string;
  readonly description: string;
}

export interface Invocation {
  readonly io: Io;
  /** Operands in the order of `operands`; an optional one that is missing is undefined. */
  readonly operands: readonly (string | undefined)[];
  /** By long name in camelCase: text for an option with a value, true for a switch, a list for one that may be repeated. */
  readonly options: Readonly<Record<string, string | true | readonly string[] | undefined>>;
  /** Address and key, looked up when first asked for. */
  readonly settings: () => Settings;
  /** Does something that may take longer than a second, saying so on a terminal. */
  readonly progress: <T>(label: string, work: (say: Say) => Promise<T>) => Promise<T>;
}

export interface Report {
  readonly exit: ExitCode;
  /** The one document of --json; undefined when the command has written its lines itself. */
  readonly json: unknown;
  /** What a person reads on stdout; a newline is added. Bytes are written as they are. */
  readonly text: string | Uint8Array;
  /** What a person reads on stderr beside it. */
  readonly notes?: readonly string[];
}

export interface Command {
  /** "call", or two words for a command in a group: "admin bootstrap". */
  readonly name: string;
  /** As commander writes them: "[target]", "<name>". */
  readonly operands?: string;
  readonly summary: string;
  /** More than the summary, if it needs more. */
  readonly description?: string;
  readonly options?: readonly CommandOption[];
  /** Full command lines, at least one. */
  readonly examples: readonly string[];
  readonly run: (invocation: Invocation) => Promise<Report>;
}

/** The text of an option that takes one. */
export const textOption = (invocation: Invocation, name: string): string | undefined => {
  const value = invocation.options[name];
  return typeof value === "string" ? value : undefined;
};
