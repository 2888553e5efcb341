// Which connections a tree opens to its sandboxes, keeps and closes. The sandboxes only count here; real ones are in test/calls.
import { expect, test } from "vitest";
import type { GuestStub, Runner } from "../../worker/sandbox/loader.ts";
import type { GuestCall, GuestHost, GuestReport } from "../../worker/sandbox/protocol.ts";
import { SESSION_FUEL, Sessions } from "../../worker/sandbox/sessions.ts";

const CALL = {} as GuestCall;
const HOST = {} as GuestHost;

interface Found {
  readonly sessions: Sessions;
  /** What happened: "run", "open 1", "1", "close 1", and how many are kept open after each call. */
  readonly events: string[];
  readonly kept: () => number;
  /** @param fuel burned, or how it fails */
  readonly call: (place: string, fuel?: number | Error | Promise<number>) => Promise<GuestReport | null>;
}

function started(): Found {
  const events: string[] = [];
  let kept = 0;
  let opened = 0;
  let next: number | Error | Promise<number> = 0;
  const report = async (what: string): Promise<GuestReport> => {
    const fuel = next;
    events.push(what);
    if (fuel instanceof Error) throw fuel;
    return { fuel: await fuel } as GuestReport;
  };
  const session = (): Runner => {
    const name = String(++opened);
    events.push(`open ${name}`);
    const batch = (): never => {
      throw new Error("calls only");
    };
    return { run: () => report(name), batch, [Symbol.dispose]: () => void events.push(`close ${name}`) };
  };
  const stub = { run: () => report("run"), session } as unknown as GuestStub;
  const sessions = new Sessions({ hold: () => kept++, leave: () => kept-- });
  const call: Found["call"] = (place, fuel = 1) => {
    next = fuel;
    return sessions.run(place, "build", () => Promise.resolve(stub), CALL, HOST);
  };
  return { sessions, events, kept: () => kept, call };
}

test("the second call of a place opens a connection, which the others share; the end closes it", async () => {
  const { sessions, events, kept, call } = started();
  await call("a");
  expect(kept()).toBe(0);
  await call("a");
  expect(kept()).toBe(1);
  await call("a");
  await call("b");
  await call("a");
  expect(kept()).toBe(1);
  sessions.close();
  expect(kept()).toBe(0);
  expect(events).toEqual(["run", "open 1", "1", "1", "run", "1", "close 1"]);
});

test("calls side by side do not share one, and what runs at the end is closed when it is over", async () => {
  const { sessions, events, kept, call } = started();
  await call("a");
  const slow = Promise.withResolvers<number>();
  const first = call("a", slow.promise);
  await Promise.resolve();
  await call("a");
  expect(kept()).toBe(1);
  sessions.close();
  expect(events).toEqual(["run", "open 1", "1", "open 2", "2", "close 2"]);
  slow.resolve(1);
  await first;
  expect(kept()).toBe(0);
  expect(events.at(-1)).toBe("close 1");
});

test("one in which SESSION_FUEL was burned, or that failed, is not used again", async () => {
  const { events, kept, call } = started();
  await call("a");
  await call("a", SESSION_FUEL - 1);
  expect(kept()).toBe(1);
  await call("a", 1);
  expect(kept()).toBe(0);
  await expect(call("a", new Error("lost"))).rejects.toThrow("lost");
  await call("a");
  expect(events).toEqual(["run", "open 1", "1", "1", "close 1", "open 2", "2", "close 2", "open 3", "3"]);
});

test("those in which nothing runs make room for others, and are opened again", async () => {
  const { sessions, events, kept, call } = started();
  await call("a");
  await call("a");
  sessions.clear();
  expect(kept()).toBe(0);
  await call("a");
  expect(events).toEqual(["run", "open 1", "1", "close 1", "open 2", "2"]);
});
