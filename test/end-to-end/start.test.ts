// `npm start` as a newcomer lives it: the first start, the printed commands, stopping, coming back, and what may go wrong.
import { existsSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkout, type Checkout, type Running } from "./checkout.ts";

const READY = "Ctrl-C stops it";
let place: Checkout;
let server: Running;

beforeAll(async () => {
  place = await checkout();
  server = place.begin("npm start");
  await server.until(READY);
});
afterAll(() => place.remove());

/** The commands it printed for a second shell. */
const printed = (): string[] => {
  const after = server.text().split("Try next")[1] ?? "";
  return after
    .split("\n")
    .filter((line) => line.startsWith("  "))
    .map((line) => line.trim());
};
const lock = (): { server: { pid: number }; workerd: { pid: number } } =>
  JSON.parse(readFileSync(join(place.folder, ".orcade", "lock"), "utf8"));
const figures = (text: string): string => /([\d,]+) fuel, ([\d,]+) microcredits/.exec(text)?.[0] ?? "none";

describe("the first start", () => {
  test("calls an algorithm on real input and prints its result, fuel and cost", () => {
    expect(server.text()).toMatch(/genome\/kmers on .+:/);
    expect(figures(server.text())).not.toBe("none");
    expect(server.text()).toContain(`http://localhost:${place.port}`);
  });

  test("keeps the key where it says, for the owner only, and prints no key", () => {
    const path = join(place.folder, ".orcade", "credentials");
    const { key, account } = JSON.parse(readFileSync(path, "utf8"));
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(place.folder, ".orcade")).mode & 0o777).toBe(0o700);
    expect(server.text()).toContain(".orcade/credentials");
    expect(server.text()).not.toContain(key);
    expect(account).toBe("demo");
  });

  test("the printed commands work as printed, in order", async () => {
    expect(printed().length).toBeGreaterThanOrEqual(2);
    for (const line of printed()) {
      const ran = await place.sh(line);
      expect(ran, line).toMatchObject({ code: 0 });
      expect(ran.stdout, line).not.toBe("");
      expect(ran.stdout, line).not.toContain('"error"');
    }
  });

  test("the server answers only on this machine's own address and for its own names", async () => {
    const url = `http://127.0.0.1:${place.port}/v1/health`;
    expect((await fetch(url)).status).toBe(200);
    const foreign = await place.sh(`curl -s -o /dev/null -w '%{http_code}' -H 'Host: evil.example' ${url}`);
    expect(foreign.stdout).toBe("421");
    if (existsSync("/proc/net/tcp")) {
      const hex = place.port.toString(16).toUpperCase().padStart(4, "0");
      const listening = readFileSync("/proc/net/tcp", "utf8")
        .split("\n")
        .filter((line) => new RegExp(`:${hex} [0-9A-F]+:0000 0A`).test(line));
      expect(listening.map((line) => line.trim().split(/\s+/)[1])).toEqual([`0100007F:${hex}`]);
    }
  });
});

describe("while it runs", () => {
  test("a second start on the same folder is refused with the first one's process", async () => {
    const second = await place.sh("node cli/orcade.mjs start", { ORCADE_PORT: "1" });
    expect(second.code).toBe(1);
    expect(second.stderr).toContain(`pid ${lock().server.pid}`);
  });

  test("a taken port is a clear error before anything is made", async () => {
    const home = join(place.folder, "elsewhere");
    const second = await place.sh("node cli/orcade.mjs start", { ORCADE_HOME: home });
    expect(second.code).toBe(1);
    expect(second.stderr).toContain(`Port ${place.port}`);
    expect(second.stderr).toContain("ORCADE_PORT=");
    expect(existsSync(home)).toBe(false);
  });

  test("workerd that dies is started again, and its data is there", async () => {
    process.kill(lock().workerd.pid, "SIGKILL");
    await server.until("was started again");
    const ran = await place.sh("node cli/orcade.mjs versions genome/kmers --json");
    expect(ran.code).toBe(0);
    expect(JSON.parse(ran.stdout).versions).toHaveLength(1);
  });
});

describe("stopping and coming back", () => {
  test("Ctrl-C ends it, frees the port and the lock; the next start finds key, versions and fuel unchanged", async () => {
    const key = readFileSync(join(place.folder, ".orcade", "credentials"), "utf8");
    const versions = (await place.sh("node cli/orcade.mjs versions genome/kmers --json")).stdout;
    const before = figures(server.text());
    await server.end("SIGINT");
    expect(existsSync(join(place.folder, ".orcade", "lock"))).toBe(false);
    await new Promise<void>((resolve, reject) => {
      const probe = createServer()
        .once("error", reject)
        .listen(place.port, "127.0.0.1", () => probe.close(() => resolve()));
    });
    server = place.begin("exec node cli/orcade.mjs start");
    await server.until(READY);
    expect(readFileSync(join(place.folder, ".orcade", "credentials"), "utf8")).toBe(key);
    expect((await place.sh("node cli/orcade.mjs versions genome/kmers --json")).stdout).toBe(versions);
    expect(figures(server.text())).toBe(before);
  });

  test("Ctrl-C ends orcade start with 0", async () => {
    expect((await server.end("SIGINT")).code).toBe(0);
    server = place.begin("npm start");
    await server.until(READY);
  });

  test("after kill -9 of everything but workerd the next start clears up and finds its data", async () => {
    const { server: own, workerd } = lock();
    process.kill(own.pid, "SIGKILL");
    await server.ended;
    server = place.begin("npm start");
    await server.until(READY);
    expect(lock().workerd.pid).not.toBe(workerd.pid);
    expect(() => process.kill(workerd.pid, 0)).toThrow();
    const ran = await place.sh("node cli/orcade.mjs versions genome/kmers --json");
    expect(JSON.parse(ran.stdout).versions).toHaveLength(1);
  });

  test("SIGTERM to the process alone ends it with 0 as well", async () => {
    process.kill(lock().server.pid, "SIGTERM");
    expect((await server.ended).code).toBe(0);
  });

  test("storage that belongs to another key is refused with what to do", async () => {
    const path = join(place.folder, ".orcade", "credentials");
    const ran = await place.sh(`mv ${path} ${path}.old && node cli/orcade.mjs start`);
    expect(ran.code).toBe(3);
    expect(ran.stderr).toContain("remove the storage");
    expect((await place.sh(`mv ${path}.old ${path}`)).code).toBe(0);
  });
});
