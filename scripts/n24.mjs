// Runs a command on Node 24 or newer (it runs TypeScript, and suspends WebAssembly), whatever Node started this file:
// `node scripts/n24.mjs CMD ARGS...`.
// Node 24 comes from npm as an optional dependency (one package per platform), so a machine that has only Node 20
// needs nothing else. What is missing in node_modules is installed first. Plain JavaScript: it must run on Node 20.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stamp = join(root, "node_modules", ".orcade-lock");
const installing = join(root, ".orcade-installing");

/** @returns {string} what node_modules must have been installed from to be used as it is */
function lockHash() {
  const lock = readFileSync(join(root, "package-lock.json"));
  return createHash("sha256").update(lock).update(`${process.platform}-${process.arch}`).digest("hex");
}

const installed = () => existsSync(stamp) && readFileSync(stamp, "utf8") === lockHash();

/** @param {string} path of a file that holds the id of the process that installs @returns {boolean} */
function holderLives(path) {
  try {
    process.kill(Number(readFileSync(path, "utf8")), 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

/** Waits for its turn: of two `npm ci` at once each deletes what the other has written. */
function takeTurn() {
  for (;;) {
    try {
      writeFileSync(installing, String(process.pid), { flag: "wx" });
      return;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
      if (!holderLives(installing)) rmSync(installing, { force: true });
    }
  }
}

/** Installs the lockfile's packages unless the last install was of this very lockfile. */
export function ensureInstalled() {
  if (installed()) return;
  takeTurn();
  try {
    if (!installed()) install();
  } finally {
    rmSync(installing, { force: true });
  }
}

function install() {
  console.error("orcade: installing packages (npm ci), once; this takes about half a minute...");
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const args = ["ci", "--no-audit", "--no-fund", "--loglevel=error"];
  const done = spawnSync(npm, args, { cwd: root, stdio: ["ignore", 2, 2], shell: process.platform === "win32" });
  if (done.status !== 0) {
    console.error("orcade: npm ci failed; see its message above, then run the command again.");
    rmSync(installing, { force: true });
    process.exit(done.status ?? 1);
  }
  writeFileSync(stamp, lockHash());
}

/** @returns {string | undefined} the path of a Node that is new enough */
export function findNode() {
  if (Number(process.versions.node.split(".")[0]) >= 24) return process.execPath;
  const { platform, arch } = process;
  const names = [`node-${platform === "win32" ? "win" : platform}-${arch}`, `node-bin-${platform}-${arch}`];
  const binary = platform === "win32" ? "node.exe" : "node";
  return names.map((name) => join(root, "node_modules", name, "bin", binary)).find((path) => existsSync(path));
}

/**
 * Spawns a command with the right Node first on its PATH, forwards signals to it and exits as it exits.
 * @param {string} command
 * @param {string[]} args
 */
export function run(command, args) {
  const node = findNode();
  if (node === undefined) {
    console.error(
      `orcade: needs Node 24 or newer, and this is ${process.version}. npm holds no Node 24 for ` +
        `${process.platform}-${process.arch}: install one from https://nodejs.org and run this again.`,
    );
    process.exit(1);
  }
  const path = [dirname(node), join(root, "node_modules", ".bin"), process.env.PATH].join(delimiter);
  const env = {
    CLOUDFLARE_CF_FETCH_ENABLED: "false",
    WRANGLER_SEND_METRICS: "false",
    // What Node compiles, TypeScript above all, it keeps: the next command starts in half the time.
    NODE_COMPILE_CACHE: join(root, "build", "node"),
    ...process.env,
    PATH: path,
  };
  const program = command === "node" ? node : command;
  const child = spawn(program, args, { stdio: "inherit", env, shell: process.platform === "win32" });
  // The terminal sends Ctrl-C to the whole group; a plain `kill` reaches only us, so pass it on.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => (signal === "SIGINT" && process.stdin.isTTY ? undefined : child.kill(signal)));
  }
  // npm ends only its shell when it is ended itself; that the shell is gone is how we learn of it.
  const parent = process.ppid;
  const orphaned = () => process.env.npm_lifecycle_event !== undefined && process.ppid !== parent;
  setInterval(() => (orphaned() ? child.kill("SIGTERM") : undefined), 500).unref();
  child.on("error", (error) => {
    console.error(`orcade: could not start ${command}: ${error.message}`);
    process.exit(127);
  });
  child.on("exit", (code, signal) =>
    process.exit(signal === null ? (code ?? 1) : 128 + (signal === "SIGINT" ? 2 : 15)),
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  ensureInstalled();
  const [command, ...args] = process.argv.slice(2);
  if (command === undefined) {
    console.error("usage: node scripts/n24.mjs COMMAND [ARGUMENTS...]");
    process.exit(2);
  }
  run(command, args);
}
