// A host whose call is over: it answers nothing more, writes nothing down, and holds nothing of the call.
import { describe, expect, it } from "vitest";
import { Tape } from "../../worker/market/record/tape.ts";
import type { GuestHost } from "../../worker/sandbox/protocol.ts";
import { TapedHost } from "../../worker/sandbox/taped.ts";

const KEY = new Uint8Array([1]);

/** A host that remembers one value, and whose call is never cancelled. */
const remembering = (answer: () => Promise<Uint8Array>): GuestHost =>
  ({ stateGet: answer, cancelled: () => new Promise(() => undefined) }) as unknown as GuestHost;

describe("a host whose call is over", () => {
  it("refuses questions, and lets nobody wait for a wish to cancel it or for word of its progress", async () => {
    const tape = new Tape(true);
    const host = new TapedHost(
      remembering(() => Promise.resolve(KEY)),
      tape,
    );
    expect(await host.stateGet(KEY)).toEqual(KEY);
    TapedHost.end(host);
    await expect(host.stateGet(KEY)).rejects.toMatchObject({ name: "CallOver" });
    await expect(host.cancelled()).resolves.toBeUndefined();
    await expect(host.progress(1, "done")).resolves.toBeUndefined();
    expect(tape.kept).toHaveLength(1);
  });

  it("writes down nothing that comes late", async () => {
    const tape = new Tape(true);
    const { promise, resolve } = Promise.withResolvers<Uint8Array>();
    const host = new TapedHost(
      remembering(() => promise),
      tape,
    );
    const asked = host.stateGet(KEY);
    TapedHost.end(host);
    resolve(KEY);
    expect(await asked).toEqual(KEY);
    expect(tape.kept).toHaveLength(0);
    expect(tape.hash).toBeNull();
  });
});
