// kill -9 of workerd at random moments, under publishes and state writes: what was acknowledged is there afterwards, what
// was not is absent or whole.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type System, TORTURE, randomFrom, seedOf, startSystem, untilHealthy } from "../support/server.ts";
import { testModule } from "../support/modules.ts";
import { SCRIPTED, script } from "../calls/script.ts";

const KILLS = TORTURE ? 25 : 2;
const PUBLISHES = TORTURE ? 200 : 24;
const WRITERS = 8;
const APPENDERS = 2;

let system: System;

beforeAll(async () => {
  system = await startSystem();
  await system.ada.publish("ada", { name: "counter", permissions: ["state"] }, testModule("counter"));
  await system.ada.publish("ada", { name: "script", ...SCRIPTED }, testModule("script"));
  for (const name of ["left", "right"]) await system.ada.post("/v1/data/.my", { name });
});
afterAll(() => system.end());

const countOf = (result: string): number => Buffer.from(result, "base64").readUInt32LE(0);

/** One increment. @returns the count that was acknowledged, or null */
async function increment(): Promise<number | null> {
  try {
    const answer = await system.ada.call("ada/counter", new Uint8Array(0));
    const body = (await answer.json()) as { result?: string };
    return answer.status === 200 && body.result !== undefined ? countOf(body.result) : null;
  } catch {
    return null;
  }
}

/** Grows a file in each of two collections and a count in state by one, all in one call. @returns whether it was acknowledged */
async function append(): Promise<boolean> {
  const steps = script(
    ["append", "data://.my/left/log", "x"],
    ["increment", "log"],
    ["append", "data://.my/right/log", "x"],
  );
  try {
    const answer = await system.ada.call("ada/script", steps);
    const body = (await answer.json()) as { result?: string };
    return answer.status === 200 && body.result !== undefined;
  } catch {
    return false;
  }
}

const lengthOf = async (name: string): Promise<number> =>
  (await (await system.ada.get(`/v1/data/.my/${name}/log`)).arrayBuffer()).byteLength;

/** Publishes version 1.0.n of an algorithm. @returns whether it was acknowledged */
async function publish(n: number): Promise<boolean> {
  const [module, output] = n % 2 === 0 ? (["echo", "bytes"] as const) : (["work", "void"] as const);
  try {
    const answer = await system.ada.publish(
      "ada",
      { name: `algorithm${n % 10}`, version: `1.0.${n}`, output },
      testModule(module),
    );
    await answer.text();
    return answer.status === 201 || answer.status === 200;
  } catch {
    return false;
  }
}

/** Kills workerd so many times, at moments of the generator's choice. */
async function killer(random: () => number, over: () => boolean): Promise<number> {
  let kills = 0;
  while (kills < KILLS && !over()) {
    await new Promise((resolve) => setTimeout(resolve, 100 + random() * 900));
    const pid = system.server.workerdPid();
    if (pid !== undefined) process.kill(pid, "SIGKILL");
    kills++;
    await untilHealthy(system.fetch);
  }
  return kills;
}

describe("kill -9", () => {
  test("loses nothing that was acknowledged", async () => {
    const random = randomFrom(seedOf("kill"));
    const acknowledged: number[] = [];
    const published: number[] = [];
    let attempts = 0;
    let killing = true;
    const writer = async (): Promise<void> => {
      while (killing) {
        attempts++;
        const count = await increment();
        if (count === null) await untilHealthy(system.fetch);
        else acknowledged.push(count);
      }
    };
    let appended = 0;
    let appends = 0;
    const appender = async (): Promise<void> => {
      while (killing) {
        appends++;
        if (await append()) appended++;
        else await untilHealthy(system.fetch);
      }
    };
    const publisher = async (): Promise<void> => {
      for (let n = 0; n < PUBLISHES; n++) {
        if (await publish(n)) published.push(n);
        else await untilHealthy(system.fetch);
      }
    };
    const kill = killer(random, () => false).finally(() => (killing = false));
    await Promise.all([
      publisher(),
      kill,
      ...Array.from({ length: WRITERS }, writer),
      ...Array.from({ length: APPENDERS }, appender),
    ]);
    expect(await kill).toBe(KILLS);

    await untilHealthy(system.fetch);
    const last = (await increment()) ?? 0;
    console.log(
      `kill: ${KILLS} kills, ${acknowledged.length} of ${attempts} increments and ${published.length} of ${PUBLISHES} publishes acknowledged`,
    );
    expect(await append()).toBe(true);
    const [left, right] = [await lengthOf("left"), await lengthOf("right")];
    const counted = (await (await system.ada.call("ada/script", script(["increment", "log"]))).json()) as {
      result: string;
    };
    console.log(`kill: ${appended} of ${appends} appends to two files acknowledged, ${left} there`);
    expect(right).toBe(left);
    expect(Buffer.from(counted.result, "base64")[0]).toBe((left + 1) % 256);
    expect(left).toBeGreaterThanOrEqual(appended + 1);
    expect(left).toBeLessThanOrEqual(appends + 1);
    expect(new Set(acknowledged).size).toBe(acknowledged.length);
    expect(last).toBeGreaterThan(acknowledged.length);
    expect(last).toBeLessThanOrEqual(attempts + 1);
    expect(last).toBeGreaterThan(Math.max(...acknowledged));
    expect(published.length).toBeGreaterThan(0);
    for (const n of published) {
      const answer = await system.ada.call(`ada/algorithm${n % 10}/1.0.${n}`, Uint8Array.of(1, 0, 0, 0));
      expect(await answer.json()).toMatchObject({ result: n % 2 === 0 ? "AQAAAA==" : null });
    }
    // What was not acknowledged can be sent again, and then it is there.
    for (let n = 0; n < PUBLISHES; n++) if (!published.includes(n)) expect(await publish(n)).toBe(true);
  }, 900_000);
});
