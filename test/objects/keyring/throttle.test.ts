// Failed look-ups by client: the last one let through, the first that waits, and who does not wait for others.
import { describe, expect, test } from "vitest";
import { LIMITS } from "../../../worker/limits.ts";
import { Throttle, clientOf } from "../../../worker/objects/keyring/throttle.ts";

const limits = { each: LIMITS.lookupFailures, all: LIMITS.lookupFailuresInAll, windowMs: LIMITS.rateWindowMs };

function failing(throttle: Throttle, address: string, times: number, now: number): void {
  for (let n = 0; n < times; n++) throttle.failed(address, now);
}

describe("one client", () => {
  test("waits after as many failures as the limit, until the window ends", () => {
    const throttle = new Throttle(limits);
    failing(throttle, "192.0.2.1", LIMITS.lookupFailures - 1, 1_000);
    expect(throttle.wait("192.0.2.1", 1_500)).toBe(0);
    failing(throttle, "192.0.2.1", 1, 2_000);
    expect(throttle.wait("192.0.2.1", 2_000)).toBe(59);
    expect(throttle.wait("192.0.2.1", 1_000 + LIMITS.rateWindowMs - 1)).toBe(1);
    expect(throttle.wait("192.0.2.1", 1_000 + LIMITS.rateWindowMs)).toBe(0);
  });

  test("does not make others wait", () => {
    const throttle = new Throttle(limits);
    failing(throttle, "192.0.2.1", LIMITS.lookupFailures, 0);
    expect(throttle.wait("192.0.2.2", 0)).toBe(0);
  });
});

test("when all fail too often, whoever failed once waits, and nobody else", () => {
  const throttle = new Throttle(limits);
  for (let n = 0; n < LIMITS.lookupFailuresInAll - 1; n++) throttle.failed(`10.0.${n >> 8}.${n & 255}`, 0);
  expect(throttle.wait("10.0.0.0", 0)).toBe(0);
  throttle.failed("10.9.9.9", 0);
  expect(throttle.wait("10.0.0.0", 0)).toBe(60);
  expect(throttle.wait("192.0.2.9", 0)).toBe(0);
});

test("what is remembered of addresses is bounded, and the sum is not forgotten", () => {
  const throttle = new Throttle(limits);
  for (let n = 0; n < 25_000; n++) throttle.failed(`10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`, 0);
  expect(throttle.wait("10.0.97.167", 0)).toBeGreaterThan(0);
});

test.for([
  ["192.0.2.1", "192.0.2.1"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:DB8:1:2::6", "2001:db8:1:2::/64"],
  ["2001:db8::1", "2001:db8:0:0::/64"],
  ["::1", "0:0:0:0::/64"],
  ["2001:0db8:0001:0002:ffff::", "2001:db8:1:2::/64"],
  ["", ""],
])("%s counts as %s", ([address, client]) => expect(clientOf(address ?? "")).toBe(client));
