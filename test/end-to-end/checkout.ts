// A checkout of its own for a test that does what a user does: the files of this one, its packages, and what is built.
// Commands run in a plain shell with the Node of whoever runs the tests, not the one the tests themselves run on.
import { spawn, type ChildProcess } from "node:child_process";
import { cpSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, delimiter, dirname, join } from "node:path";
import { freePort } from "../../cli/server/port.ts";
import { ROOT } from "../../scripts/tools.ts";

const NOT_COPIED = new Set(["node_modules", ".git", ".orcade", ".wrangler", "coverage"]);
/** What Node keeps of what it compiled goes by the place of a file. */
const COMPILED = join(ROOT, "build", "node");
/** Milliseconds a start may take: on a fresh clone it builds everything. */
const START_MS = 180_000;

interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  /** Everything it wrote so far. */
  readonly text: () => string;
  /** Waits until it wrote this; fails when it ends before. */
  readonly until: (wanted: string | RegExp) => Promise<void>;
  /** Sends a signal and waits for its end. */
  readonly end: (signal?: NodeJS.Signals) => Promise<Ran>;
  readonly ended: Promise<Ran>;
}

export interface Checkout {
  readonly folder: string;
  readonly port: number;
  /** Runs a line in a POSIX shell in the checkout's folder. */
  readonly sh: (line: string, env?: Readonly<Record<string, string>>) => Promise<Ran>;
  /** Starts a line and does not wait. */
  readonly begin: (line: string, env?: Readonly<Record<string, string>>) => Running;
  readonly remove: () => Promise<void>;
}

/** PATH as a user has it: without what scripts/n24.mjs put in front for us. */
function userPath(): string {
  const ours = new Set([realpathSync(dirname(process.execPath)), join(ROOT, "node_modules", ".bin")]);
  const parts = (process.env["PATH"] ?? "").split(delimiter);
  return parts.filter((part) => !ours.has(part) && !/node_modules\/(\.bin|node-)/.test(part)).join(delimiter);
}

function environment(folder: string, port: number): Record<string, string> {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(ORCADE_|ALGORITHMIA_|npm_|VITEST|NODE_|FORCE_COLOR)/.test(name),
  );
  return {
    ...(Object.fromEntries(kept) as Record<string, string>),
    PATH: userPath(),
    NODE_EXTRA_CA_CERTS: process.env["NODE_EXTRA_CA_CERTS"] ?? "",
    ORCADE_PORT: String(port),
    XDG_CONFIG_HOME: join(folder, ".config"),
    npm_config_cache: join(folder, ".npm"),
    npm_config_update_notifier: "false",
    npm_config_offline: "true",
  };
}

function run(line: string, folder: string, env: Record<string, string>): Running {
  // A process group of its own, so that a signal reaches what the shell started.
  const child = spawn("sh", ["-c", line], { cwd: folder, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  const out: string[] = [];
  const err: string[] = [];
  child.stdout.setEncoding("utf8").on("data", (text: string) => out.push(text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => err.push(text));
  const ended = new Promise<Ran>((resolve) =>
    child.on("close", (code) => resolve({ code, stdout: out.join(""), stderr: err.join("") })),
  );
  const text = (): string => `${out.join("")}${err.join("")}`;
  const until = async (wanted: string | RegExp): Promise<void> => {
    let over = false;
    void ended.then(() => (over = true));
    for (
      const stop = Date.now() + START_MS;
      !(typeof wanted === "string" ? text().includes(wanted) : wanted.test(text()));
    ) {
      if (over || Date.now() > stop)
        throw new Error(`${line}: ${over ? "ended" : "did not come"} before ${wanted}:\n${text()}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const end = (signal: NodeJS.Signals = "SIGINT"): Promise<Ran> => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, signal);
    return ended;
  };
  return { child, text, until, end, ended };
}

/** @returns a checkout in a temporary folder, with a port of its own in ORCADE_PORT */
export async function checkout(): Promise<Checkout> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "orcade-checkout-")));
  const copied = (path: string): boolean => path === ROOT || (path !== COMPILED && !NOT_COPIED.has(basename(path)));
  cpSync(ROOT, folder, { recursive: true, filter: copied });
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  const port = await freePort(0);
  const running = new Set<Running>();
  const begin = (line: string, env: Readonly<Record<string, string>> = {}): Running => {
    const started = run(line, folder, { ...environment(folder, port), ...env });
    running.add(started);
    void started.ended.then(() => running.delete(started));
    return started;
  };
  const remove = async (): Promise<void> => {
    await Promise.all([...running].map((started) => started.end("SIGKILL")));
    rmSync(folder, { recursive: true, force: true });
  };
  return { folder, port, begin, sh: (line, env) => begin(line, env).ended, remove };
}
