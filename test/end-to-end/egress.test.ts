// By which networks a started server reaches what: judged with every connection, by the address that a name came to. So a
// name that was public when it was looked at first (worker/egress/address.ts) does not lead to this machine afterwards.
import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { networkInterfaces } from "node:os";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type System, startSystem } from "../support/server.ts";

/** The worker with one more route: what a request comes to that leaves by one of its networks, whatever the address. */
const MAIN = `
  import app from "./index.js";
  export * from "./index.js";
  export default {
    async fetch(request, env, ctx) {
      const { pathname, searchParams } = new URL(request.url);
      if (pathname !== "/test/out") return app.fetch(request, env, ctx);
      const by = searchParams.get("by");
      if (by !== "fetch" && env[by] === undefined) return new Response("no such network");
      const send = by === "fetch" ? fetch : (url) => env[by].fetch(url);
      try {
        const answer = await send(searchParams.get("url"));
        return new Response(answer.status + " " + (await answer.text()));
      } catch (error) {
        return new Response("refused: " + error.message);
      }
    },
  };`;

let system: System;
let receiver: Server;
let port: number;
let asked = 0;

beforeAll(async () => {
  receiver = createServer((_, answer) => {
    asked++;
    answer.end("here");
  });
  await new Promise<void>((resolve) => receiver.listen(0, "::", resolve));
  ({ port } = receiver.address() as AddressInfo);
  system = await startSystem({ main: MAIN, vars: { ORCADE_WEBHOOK_LOOPBACK: "on" } });
});
afterAll(async () => {
  await system.end();
  receiver.close();
});

const out = async (by: string, url: string): Promise<string> => {
  const query = new URLSearchParams({ by, url });
  return (await system.fetch(`/test/out?${query.toString()}`)).text();
};

/** Addresses of this machine in private networks, where it has any. */
const own = Object.values(networkInterfaces())
  .flatMap((each) => each ?? [])
  .filter(({ address, family }) => family === "IPv4" && /^(?:10|192\.168|172\.(?:1[6-9]|2\d|3[01]))\./.test(address))
  .map(({ address }) => address);

describe("a connection", () => {
  test.each(["localhost", "127.0.0.1", "127.9.9.9", "[::1]", "[::ffff:127.0.0.1]", ...own])(
    "to %s is refused on the way to the Internet, whatever was thought of its name",
    async (host) => {
      expect(await out("EGRESS", `http://${host}:${port}/`)).toMatch(/^refused: /);
      expect(asked).toBe(0);
    },
  );

  test("to this machine is there for webhooks, where they may go there, and to nowhere else", async () => {
    expect(await out("LOOPBACK", `http://127.0.0.1:${port}/`)).toBe("200 here");
    expect(await out("LOOPBACK", `http://localhost:${port}/`)).toBe("200 here");
    expect(asked).toBe(2);
    for (const host of [...own, "192.0.2.1"])
      expect(await out("LOOPBACK", `http://${host}:${port}/`)).toMatch(/^refused: /);
    expect(asked).toBe(2);
    asked = 0;
  });

  test("by the worker's own fetch leads nowhere", async () => {
    expect(await out("fetch", `http://127.0.0.1:${port}/`)).toMatch(/^403 No request leaves but by EGRESS/);
    expect(asked).toBe(0);
  });
});
