// The parts of `orcade start` that need no server: port, lock, stamps, multipart, deployment.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import { privateFolder, writePrivate } from "../../cli/home.ts";
import { multipart } from "../../cli/multipart.ts";
import { acquireLock } from "../../cli/server/lock.ts";
import { freePort, portFrom } from "../../cli/server/port.ts";
import { MOST_ANNEXES, annexesFrom } from "../../cli/server/processors.ts";
import { isAlive, noteOf } from "../../cli/server/processes.ts";
import { bootstrapToken } from "../../cli/server/seed.ts";
import { hashInputs, isFresh, writeStamp } from "../../scripts/stamp.ts";
import { temporaryFolder } from "./harness.ts";

describe("processes for jobs", () => {
  test.each([
    [undefined, 1, 0],
    ["", 2, 2],
    [undefined, 4, 4],
    [undefined, 64, 4],
    ["0", 8, 0],
    [String(MOST_ANNEXES), 1, MOST_ANNEXES],
  ])("ORCADE_ANNEXES=%s with %i processors: %i", (text, processors, count) => {
    expect(annexesFrom(text, processors)).toBe(count);
  });

  test.each([String(MOST_ANNEXES + 1), "-1", "1.5", "two", " 1"])("ORCADE_ANNEXES=%s is refused", (text) => {
    expect(() => annexesFrom(text, 2)).toThrow(/no number of processes/);
  });
});

describe("port", () => {
  test.each([
    ["1", 1],
    ["65535", 65_535],
    ["", 8787],
    [undefined, 8787],
  ])("ORCADE_PORT=%s is %d", (text, port) => {
    expect(portFrom(text)).toBe(port);
  });

  test.each(["0", "65536", "-1", "80a", "1e3", " 80"])("ORCADE_PORT=%s is refused", (text) => {
    expect(() => portFrom(text)).toThrow(/not a port/);
  });

  test("a taken port names its holder and another port", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    await expect(freePort(port)).rejects.toMatchObject({
      exit: 1,
      code: "port-taken",
      hint: expect.stringContaining(`ORCADE_PORT=${port + 1}`),
    });
    if (existsSync("/proc/net/tcp")) await expect(freePort(port)).rejects.toThrow(`(pid ${process.pid})`);
  });

  test("0 is any free one", async () => {
    const port = await freePort(0);
    expect(port).toBeGreaterThan(1023);
    expect(await freePort(port)).toBe(port);
  });
});

/** A process that does nothing until it is killed. */
async function idle(): Promise<{ readonly pid: number; readonly kill: () => Promise<void> }> {
  const child = spawn(process.execPath, ["-e", "console.log(1); setInterval(() => {}, 1000)"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  onTestFinished(() => void child.kill("SIGKILL"));
  await new Promise((resolve) => child.stdout.once("data", resolve));
  return { pid: child.pid ?? 0, kill: () => (child.kill("SIGKILL"), gone) };
}

describe("lock", () => {
  test("a second start is refused with the first one's process and address", async () => {
    const home = temporaryFolder();
    const lock = await acquireLock(home, 8787);
    await expect(acquireLock(home, 9999)).rejects.toThrow(`pid ${process.pid}, http://localhost:8787`);
    lock.release();
    (await acquireLock(home, 9999)).release();
    expect(existsSync(join(home, "lock"))).toBe(false);
  });

  test("of ten starts at once one wins", async () => {
    const home = temporaryFolder();
    const tries = await Promise.allSettled(Array.from({ length: 10 }, (_, at) => acquireLock(home, 1000 + at)));
    expect(tries.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  test("what a killed server left is cleared, and all its processes with it", async () => {
    const home = temporaryFolder();
    const server = await idle();
    const left = [await idle(), await idle(), await idle()];
    const [workerd, ...annexes] = left.map(({ pid }) => noteOf(pid));
    writeFileSync(join(home, "lock"), JSON.stringify({ server: noteOf(server.pid), workerd, annexes, port: 8787 }));
    await expect(acquireLock(home, 8787)).rejects.toThrow("runs on");
    await server.kill();
    const lock = await acquireLock(home, 8787);
    for (const { pid } of left) {
      for (let tries = 0; isAlive(noteOf(pid)) && tries < 50; tries++) await sleep(20);
      expect(() => process.kill(pid, 0)).toThrow();
    }
    lock.release();
  });

  const startTimes = noteOf(process.pid).started !== null;
  test.skipIf(!startTimes)("a process id that belongs to somebody else by now does not hold the lock", async () => {
    const home = temporaryFolder();
    writeFileSync(
      join(home, "lock"),
      JSON.stringify({ server: { pid: process.pid, started: "an earlier boot/1" }, port: 1 }),
    );
    (await acquireLock(home, 8787)).release();
  });

  test("a torn lock file is nobody's", async () => {
    const home = temporaryFolder();
    writeFileSync(join(home, "lock"), '{"server": {"pid"');
    (await acquireLock(home, 8787)).release();
  });
});

describe("secrets on disk", () => {
  test("only the owner may read them", () => {
    const home = join(temporaryFolder(), ".orcade");
    mkdirSync(home, { mode: 0o755 });
    const token = bootstrapToken(home);
    expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(bootstrapToken(home)).toBe(token);
    expect(statSync(home).mode & 0o777).toBe(0o700);
    expect(statSync(join(home, "bootstrap")).mode & 0o777).toBe(0o600);
  });

  test("replacing a file that others could read closes it", () => {
    const path = join(temporaryFolder(), "credentials");
    privateFolder(join(path, ".."));
    writeFileSync(path, "old", { mode: 0o644 });
    writePrivate(path, "new");
    expect([readFileSync(path, "utf8"), statSync(path).mode & 0o777]).toEqual(["new", 0o600]);
  });
});

describe("stamps", () => {
  test("a change of content, a new file, a renamed file and a removed file each change the hash; time does not", () => {
    const root = temporaryFolder();
    mkdirSync(join(root, "src/node_modules"), { recursive: true });
    const put = (path: string, text: string): void => writeFileSync(join(root, path), text);
    const hash = (): string => hashInputs(root, ["src", "absent"], ["skipped"]);
    put("src/a", "1");
    put("src/b", "2");
    const first = hash();
    put("src/a", "1");
    put("src/skipped", "x");
    put("src/node_modules/x", "x");
    expect(hash()).toBe(first);
    const seen = new Set([first]);
    for (const change of [
      () => put("src/a", "12"),
      () => put("src/b", ""),
      () => put("src/c", ""),
      () => rmSync(join(root, "src/a")),
      () => put("absent", ""),
    ]) {
      change();
      expect(seen.has(hash())).toBe(false);
      seen.add(hash());
    }
  });

  test("fresh means: the stamp says so and the outputs are there", () => {
    const root = temporaryFolder();
    const [stamp, output] = [join(root, "stamps", "x"), join(root, "output")];
    expect(isFresh(stamp, "h", [])).toBe(false);
    writeStamp(stamp, "h");
    expect([isFresh(stamp, "h", []), isFresh(stamp, "i", []), isFresh(stamp, "h", [output])]).toEqual([
      true,
      false,
      false,
    ]);
    writeFileSync(output, "");
    expect(isFresh(stamp, "h", [output])).toBe(true);
  });
});

test("multipart survives the platform's own parser byte for byte", async () => {
  const bytes = Uint8Array.from({ length: 1024 }, (_, at) => at % 256);
  const text = "line\nline\r\nline\r--orcade-\r\n";
  const { body, type } = multipart([
    { name: "readme", value: text },
    { name: "module", value: bytes },
    { name: "notes", value: "" },
  ]);
  const form = await new Response(body as Uint8Array<ArrayBuffer>, { headers: { "content-type": type } }).formData();
  expect(form.get("readme")).toBe(text);
  expect(form.get("notes")).toBe("");
  expect(new Uint8Array(await (form.get("module") as File).arrayBuffer())).toEqual(bytes);
});
