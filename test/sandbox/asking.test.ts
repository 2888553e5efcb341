// A module that waits for its host waits no longer than its call may last, or is wanted.
import { expect, test } from "vitest";
import { LIMITS } from "../../worker/limits.ts";
import { Asking } from "../../worker/sandbox/guest/asking.ts";
import { Stop } from "../../worker/sandbox/guest/stop.ts";
import type { GuestHost } from "../../worker/sandbox/protocol.ts";

const never = <T>(): Promise<T> => new Promise(() => undefined);

/** What a question comes to that the host never answers. */
async function reasonOf(cancelled: GuestHost["cancelled"], ms: number): Promise<string> {
  const host = { cancelled, dataSize: () => never<number>() } as unknown as GuestHost;
  const asking = new Asking(host, Date.now() + ms);
  try {
    await asking.ask((asked) => asked.dataSize("data://a/b/c"));
    return "answered";
  } catch (error) {
    return error instanceof Stop && error.outcome.kind === "stopped" ? error.outcome.reason : String(error);
  } finally {
    asking.end();
  }
}

test("it ends when its call is cancelled, and when it is late", async () => {
  expect(await reasonOf(() => Promise.resolve(), 5_000)).toBe("Cancelled");
  expect(await reasonOf(() => never(), 100)).toBe("TimeoutError");
});

test("a host that cannot say so does not cancel; who is late is late, even when given up", async () => {
  expect(await reasonOf(() => Promise.reject(new TypeError("no such method")), 100)).toBe("TimeoutError");
  const late = LIMITS.attendedMs + 30;
  expect(await reasonOf(() => new Promise((resolve) => setTimeout(resolve, 300)), late)).toBe("TimeoutError");
});

test("a question that is answered at once asks nobody whether it is wanted", async () => {
  let asked = 0;
  const cancelled = (): Promise<void> => {
    asked++;
    return never();
  };
  const asking = new Asking({ cancelled } as unknown as GuestHost, Date.now() + 1_000);
  expect(await asking.ask(() => Promise.resolve(7))).toBe(7);
  asking.end();
  await new Promise((resolve) => setTimeout(resolve, LIMITS.attendedMs + 20));
  expect(asked).toBe(0);
});

test("a call asks LIMITS.hostCalls times and not once more; many calls at once are as many questions", async () => {
  const host = { cancelled: () => never(), dataSize: () => Promise.resolve(1) } as unknown as GuestHost;
  const asking = new Asking(host, Date.now() + 60_000);
  const ask = (questions: number): Promise<number | null> => asking.ask((asked) => asked.dataSize("x"), questions);
  expect(await ask(LIMITS.hostCalls - 1)).toBe(1);
  expect(await ask(1)).toBe(1);
  await expect(ask(1)).rejects.toMatchObject({ outcome: { kind: "stopped", reason: "HostLimit" } });
  asking.end();
});
