// With the tail on, as deployed: sandboxes are loaded with it, from publishing on, and calls run.
import { afterAll, beforeAll, expect, test } from "vitest";
import { testModule } from "../support/modules.ts";
import { type System, startSystem } from "../support/server.ts";

let system: System;

beforeAll(async () => {
  system = await startSystem({ vars: { ORCADE_TAIL: "on" } });
});
afterAll(() => system.end());

test("a module is published and called under a tail", async () => {
  expect((await system.ada.publish("ada", { name: "echo" }, testModule("echo"))).status).toBe(201);
  for (let n = 0; n < 3; n++) {
    const answer = await system.ada.call("ada/echo", Uint8Array.of(n));
    expect([answer.status, Number(answer.headers.get("X-Orcade-Fuel")) > 0]).toEqual([200, true]);
  }
});
