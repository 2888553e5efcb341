// `orcade start` from the first line to the last: what must be free, what must be built, the server, its first account and
// algorithms, one real call, and then serving until a signal. Prints as it goes.
import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import { buildAll, doneLine, stepLine } from "../../scripts/build.ts";
import { CliFailure, EXIT, messageOf, type ExitCode } from "../failure.ts";
import { privateFolder, serverHome } from "../home.ts";
import type { Io } from "../io.ts";
import { count, cost, paint, printable, seconds, shorten } from "../print.ts";
import type { Settings } from "../settings.ts";
import { firstCall, SHOWN, type Shown } from "./first-call.ts";
import { acquireLock, type Lock } from "./lock.ts";
import { freePort, portFrom } from "./port.ts";
import { annexesFrom } from "./processors.ts";
import { bootstrapToken, secretKeys, publishOurs, seedAccount } from "./seed.ts";
import type { Server } from "./start.ts";

/** A crash loop must end: more restarts than this within a minute stop the server. */
const RESTARTS_PER_MINUTE = 5;
const RESULT_LINES = 14;
const RESULT_WIDTH = 110;

/** What every stage shares. */
interface Start {
  readonly io: Io;
  readonly home: string;
  readonly address: string;
  readonly annexes: number;
  readonly say: (text: string) => void;
}

/** One line per stage, with its time. */
async function stage<T>({ say }: Start, name: string, work: () => Promise<T>, detail: (made: T) => string): Promise<T> {
  const began = performance.now();
  const made = await work();
  say(doneLine(name, detail(made), (performance.now() - began) / 1000));
  return made;
}

const place = (io: Io, path: string): string => {
  const short = relative(io.cwd, path);
  return short.startsWith("..") ? path : short;
};

/** The first lines of a result, each cut. */
function preview(result: unknown): string {
  const lines = JSON.stringify(result, null, 2).split("\n");
  const cut = lines.slice(0, RESULT_LINES).map((line) => `    ${shorten(line, RESULT_WIDTH)}`);
  return [
    ...cut,
    ...(lines.length > RESULT_LINES ? [`    … (${count(lines.length - RESULT_LINES)} more lines)`] : []),
  ].join("\n");
}

function showCall({ say }: Start, { file, outcome }: Shown): void {
  say(`\n${SHOWN} on ${file ?? "its sample"}:`);
  say(printable(preview(outcome.result)));
  say(
    `    ${count(outcome.fuel ?? 0)} fuel, ${cost(outcome.cost ?? 0)}, ${seconds(outcome.duration ?? 0)}, version ${outcome.version ?? "?"}`,
  );
}

/** What a newcomer would type next; each line works as it stands, in the folder this was started in. */
function nextCommands(address: string, credentials: string, file: string | undefined): string[] {
  const key = `$(node -p 'JSON.parse(fs.readFileSync("${credentials}")).key')`;
  const genome = file === undefined ? `-j '{"fasta": ">a\\nACGTACGT", "k": 2}'` : `-j '{"k": 3}' -f fasta=@${file}`;
  return [
    `curl -s ${address}/v1/algo/${SHOWN} -H "Authorization: Simple ${key}" -H 'Content-Type: application/json' -d '{"fasta": ">a\\nACGTACGT", "k": 2}'`,
    `npx orcade call ${SHOWN} ${genome}`,
    "npx orcade init hello && npx orcade build && npx orcade publish && npx orcade call",
  ];
}

function showNext({ io, home, address, say }: Start, file: string | undefined): void {
  const credentials = join(home, "credentials");
  say(
    `\nServing on ${paint(io.stdout, io.env, "bold", address)}. The API key lies in ${place(io, credentials)} (only you can read it).`,
  );
  say("Try next, in a second shell:\n");
  if (io.env["ORCADE_HOME"]) say(`  export ORCADE_HOME=${home}\n`);
  for (const command of nextCommands(address, place(io, credentials), file)) say(`  ${command}\n`);
  say("Ctrl-C stops it; the next start finds its data again.");
}

/** Ends when a signal comes or when workerd dies again and again. */
class Ending {
  readonly done: Promise<ExitCode>;
  #end: (code: ExitCode) => void = () => undefined;
  #restarts: number[] = [];
  readonly #say: (text: string) => void;

  constructor(say: (text: string) => void) {
    this.#say = say;
    this.done = new Promise((resolve) => (this.#end = resolve));
  }

  signal(): void {
    this.#end(EXIT.ok);
  }

  /** @param annex its number; 0: the server's own process */
  restarted(annex: number): void {
    const what = annex === 0 ? "the server's process" : "a process for batches of jobs";
    this.#say(`orcade: ${what} ended unexpectedly and was started again; no acknowledged write is lost.`);
    // Without the others it goes on.
    if (annex > 0) return;
    const now = Date.now();
    this.#restarts = [...this.#restarts.filter((at) => now - at < 60_000), now];
    if (this.#restarts.length <= RESTARTS_PER_MINUTE) return;
    this.#say(`orcade: that was ${this.#restarts.length} times within a minute; giving up.`);
    this.#end(EXIT.failed);
  }
}

/** One Ctrl-C may arrive twice: from the terminal and from a process above us that passes it on. */
const SAME_SIGNAL_MS = 1_000;

/** The first signal ends the server in order, a later one ends it at once. */
function onSignals(first: () => void, later: () => void): () => void {
  let since: number | undefined;
  const handler = (): void => {
    if (since === undefined) first();
    else if (performance.now() - since > SAME_SIGNAL_MS) later();
    since ??= performance.now();
  };
  const names = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const name of names) process.on(name, handler);
  return () => names.forEach((name) => process.off(name, handler));
}

async function startIt(start: Start, lock: Lock, port: number, token: string, ending: Ending): Promise<Server> {
  const { startServer } = await import("./start.ts");
  const warn = (text: string): void => start.io.stderr.write(`${text}\n`);
  return startServer({
    stateDirectory: join(start.home, "state"),
    port,
    // Webhooks may come to this machine: here is where what receives them is tried.
    vars: {
      ORCADE_BOOTSTRAP: token,
      ORCADE_SECRET_KEYS: secretKeys(start.home),
      ORCADE_WEBHOOK_LOOPBACK: "on",
    },
    build: false,
    onWorkerd: lock.setWorkerd,
    annexes: start.annexes,
    onRestart: (_, annex) => ending.restarted(annex),
    log: (level, message) =>
      level === "log" || level === "debug" || level === "info" ? undefined : warn(`${level}: ${printable(message)}`),
  });
}

/** Account, algorithms, one call. */
async function prepare(start: Start, token: string): Promise<Shown> {
  const settings = await stage(
    start,
    "account",
    () => seedAccount(start.home, start.address, token),
    (made: Settings) => made.account ?? "",
  );
  await stage(
    start,
    "publish",
    async () => {
      let published = 0;
      let fresh = 0;
      await publishOurs(settings, ({ created }) => {
        published++;
        if (created) fresh++;
      });
      return { published, fresh };
    },
    ({ published, fresh }) => `${published} algorithms${fresh === 0 ? ", all there already" : ""}`,
  );
  return firstCall(settings, start.io.checkout);
}

async function build({ say }: Start): Promise<void> {
  try {
    await buildAll({}, (step) => say(stepLine(step)));
  } catch (error) {
    if (error instanceof CliFailure) throw error;
    throw new CliFailure(
      EXIT.failed,
      "build-failed",
      messageOf(error),
      "`npm run build -- --force` builds everything anew.",
    );
  }
}

async function serve(start: Start, lock: Lock, port: number): Promise<ExitCode> {
  const ending = new Ending((text) => start.io.stderr.write(`${text}\n`));
  let server: Server | undefined;
  const off = onSignals(
    () => ending.signal(),
    () => {
      process.kill(server?.workerdPid() ?? process.pid, "SIGKILL");
      process.exit(130);
    },
  );
  try {
    const token = bootstrapToken(start.home);
    const ready = (async () => {
      await build(start);
      server = await stage(
        start,
        "server",
        () => startIt(start, lock, port, token, ending),
        () => start.address,
      );
      const shown = await prepare(start, token);
      showCall(start, shown);
      showNext(start, shown.file);
    })();
    // A signal may come while it is still starting; a failure to start must not wait for one.
    await Promise.race([ready, ending.done]);
    return await ending.done;
  } finally {
    await server?.stop();
    off();
  }
}

/** @returns the exit code, when the server has ended */
export async function startAndServe(io: Io): Promise<ExitCode> {
  const port = portFrom(io.env["ORCADE_PORT"]);
  const home = serverHome(io);
  const start: Start = {
    io,
    home,
    address: `http://localhost:${port}`,
    annexes: annexesFrom(io.env["ORCADE_ANNEXES"]),
    say: (text) => io.stdout.write(`${text}\n`),
  };
  // A taken port is found before anything is written; only what a killed server left must be cleared first.
  if (!existsSync(home)) await freePort(port);
  privateFolder(home);
  const lock = await acquireLock(home, port);
  try {
    await freePort(port);
    return await serve(start, lock, port);
  } finally {
    lock.release();
  }
}
