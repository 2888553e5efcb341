// What a command may touch of the process: handed in, so that a test can run any command without a process of its own.
import { homedir } from "node:os";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of package.json: where `npm start` keeps its `.orcade`. */
export const CHECKOUT = dirname(dirname(fileURLToPath(import.meta.url)));

export interface Sink {
  readonly isTTY: boolean;
  write(chunk: string | Uint8Array): void;
}

export interface Io {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The user's home folder. */
  readonly home: string;
  readonly checkout: string;
  readonly stdout: Sink;
  readonly stderr: Sink;
  /** Everything on standard input. */
  readonly stdin: () => Promise<Uint8Array>;
}

async function readStdin(): Promise<Uint8Array> {
  if (process.stdin.isTTY) process.stderr.write("orcade: reading the input from the terminal; end it with Ctrl-D\n");
  const chunks: Uint8Array[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Uint8Array);
  return new Uint8Array(Buffer.concat(chunks));
}

const sink = (stream: NodeJS.WriteStream): Sink => ({
  isTTY: stream.isTTY,
  write: (chunk) => void stream.write(chunk),
});

/** The real process. A reader that went away (`orcade call ... | head`) ends the process quietly, as a pipe should. */
export function processIo(): Io {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));
  return {
    cwd: process.cwd(),
    env: process.env,
    home: homedir(),
    checkout: CHECKOUT,
    stdout: sink(process.stdout),
    stderr: sink(process.stderr),
    stdin: readStdin,
  };
}
