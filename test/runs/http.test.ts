// `http` of a program: only the hosts that were allowed, whole answers within bounds, what may be sent again with a key.
import { describe, expect, test } from "vitest";
import type { Env } from "../../worker/env.ts";
import { LIMITS } from "../../worker/limits.ts";
import { LOOPS, type Sender } from "../../worker/egress/send.ts";
import { format } from "../../worker/orc/index.ts";
import { fieldOf, Port, Rec, recordOf, type Value } from "../../worker/orc/values/kinds.ts";
import { HTTP_SITE } from "../../worker/runs/compile.ts";
import { httpPorts } from "../../worker/runs/http.ts";

interface Sent {
  readonly url: string;
  readonly method: string | undefined;
  readonly headers: Headers;
  readonly body: string;
}

interface World {
  readonly sent: Sent[];
  readonly ask: (method: string, ...args: readonly Value[]) => Promise<string>;
}

const env = { ORCADE_HOSTS: "us.example.org,127.0.0.1:8787" } as Env;

/** What a program is told, as one line. */
function told(value: Value): string {
  if (!(value instanceof Rec)) return format(value);
  const body = fieldOf(value, "body") ?? fieldOf(value, "bytes");
  return `${format(fieldOf(value, "status") ?? null)} ${typeof body === "string" ? body : ""}`;
}

function world(hosts: readonly string[], answer: (url: URL) => Response, hops = 0): World {
  const sent: Sent[] = [];
  const sender: Sender = (url, { method, headers, body }) => {
    sent.push({
      url: url.href,
      method,
      headers: new Headers(headers),
      body: body instanceof Uint8Array ? new TextDecoder().decode(body) : "",
    });
    return Promise.resolve(answer(url));
  };
  const ports = httpPorts({ env, hosts, hops, deadline: Date.now() + 60_000, id: (n) => `run-1.${n}`, sender });
  const ask = async (method: string, ...args: readonly Value[]): Promise<string> => {
    const done = await ports.get(`${HTTP_SITE}.${method}`)?.(args, new AbortController().signal, 7);
    if (done?.type === "value") return told(done.value);
    return done?.type === "error" ? `${done.kind}: ${done.text}` : "nothing";
  };
  return { sent, ask };
}

const page = (): Response => new Response("a page", { headers: { "Content-Type": "text/plain" } });

describe("where a program may ask", () => {
  test("a host that was allowed, and all below a name", async () => {
    const { ask, sent } = world(["api.example.com", "*.example.net"], page);
    expect(await ask("get", "https://api.example.com/x?y=1")).toBe("200 a page");
    expect(await ask("get", "https://a.b.example.net/")).toBe("200 a page");
    expect(sent.map(({ url }) => url)).toEqual(["https://api.example.com/x?y=1", "https://a.b.example.net/"]);
  });

  test.each([
    ["another host", "https://example.com/", "http.host-not-allowed"],
    ["plain http", "http://api.example.com/", "http.not-https"],
    ["ourselves", "https://us.example.org/", "http.private-host"],
    ["this machine", "https://127.0.0.1/", "http.private-host"],
    ["no address", "nonsense", "http.invalid-url"],
  ])("%s: refused, coded, nothing sent", async (_, url, code) => {
    const { ask, sent } = world(["api.example.com", "us.example.org", "127.0.0.1"], page);
    expect(await ask("get", url)).toMatch(new RegExp(`^${code}: `));
    expect(sent).toEqual([]);
  });

  test("nobody was allowed: it says how to", async () => {
    const { ask } = world([], page);
    expect(await ask("get", "https://api.example.com/")).toContain(
      'name the hosts that the program may ask in "hosts"',
    );
  });

  test("a redirect to a host that was not allowed is not followed", async () => {
    const { ask, sent } = world(["api.example.com"], () => Response.redirect("https://evil.example.org/", 302));
    expect(await ask("get", "https://api.example.com/")).toMatch(/^http.host-not-allowed/);
    expect(sent).toHaveLength(1);
  });
});

describe("a program that was begun by way of us", () => {
  test("says so when it asks, and asks nobody after LOOPS times", async () => {
    const last = world(["api.example.com"], page, LOOPS - 1);
    expect(await last.ask("get", "https://api.example.com/")).toBe("200 a page");
    expect(last.sent.map(({ headers }) => headers.get("Orcade-Hops"))).toEqual([String(LOOPS)]);
    const looped = world(["api.example.com"], page, LOOPS);
    expect(await looped.ask("get", "https://api.example.com/")).toMatch(/^http.loop/);
    expect(looped.sent).toEqual([]);
  });
});

describe("what goes out and comes back", () => {
  test("a string is sent as it is, everything else as JSON, with a key to be sent again", async () => {
    const { ask, sent } = world(["api.example.com"], page);
    await ask("post", "https://api.example.com/", "text");
    await ask("post", "https://api.example.com/", recordOf([["a", 1]]));
    expect(sent.map(({ method, body }) => [method, body])).toEqual([
      ["POST", "text"],
      ["POST", '{"a":1}'],
    ]);
    expect(sent.map(({ headers }) => headers.get("Idempotency-Key"))).toEqual(["run-1.7", "run-1.7"]);
    expect(sent.map(({ headers }) => headers.get("Content-Type"))).toEqual([null, "application/json"]);
  });

  test("http.send says it all", async () => {
    const { ask, sent } = world(["api.example.com"], () => new Response("made", { status: 201 }));
    const headers = recordOf([["X-Mine", "1"]]);
    const wish = recordOf([
      ["method", "PUT"],
      ["url", "https://api.example.com/p"],
      ["headers", headers],
      ["body", "b"],
    ]);
    expect(await ask("send", wish)).toBe("201 made");
    expect([sent[0]?.method, sent[0]?.headers.get("X-Mine")]).toEqual(["PUT", "1"]);
  });

  test.each([
    ["no record", 7],
    [
      "an unknown field",
      recordOf([
        ["url", "https://api.example.com/"],
        ["speed", 1],
      ]),
    ],
    [
      "an unknown method",
      recordOf([
        ["url", "https://api.example.com/"],
        ["method", "BREW"],
      ]),
    ],
    [
      "a header that is no string",
      recordOf([
        ["url", "https://api.example.com/"],
        ["headers", recordOf([["a", 1]])],
      ]),
    ],
    [
      "a body without JSON",
      recordOf([
        ["url", "https://api.example.com/"],
        ["body", new Port("x")],
      ]),
    ],
  ])("%s: refused, nothing sent", async (_, wish) => {
    const { ask, sent } = world(["api.example.com"], page);
    expect(await ask("send", wish)).toMatch(/^InvalidRequest: http.send takes/);
    expect(sent).toEqual([]);
  });

  test("a header that is ours is refused by name", async () => {
    const { ask } = world(["api.example.com"], page);
    const wish = recordOf([
      ["url", "https://api.example.com/"],
      ["headers", recordOf([["Host", "x"]])],
    ]);
    expect(await ask("send", wish)).toMatch(/^http.forbidden-header: the header Host/);
  });

  test("an answer of LIMITS.orcHttpBytes is taken, one more byte is not; ten gigabytes are not even begun", async () => {
    const sized = (bytes: number) => world(["api.example.com"], () => new Response(new Uint8Array(bytes).fill(65)));
    expect((await sized(LIMITS.orcHttpBytes).ask("get", "https://api.example.com/")).length).toBe(
      4 + LIMITS.orcHttpBytes,
    );
    expect(await sized(LIMITS.orcHttpBytes + 1).ask("get", "https://api.example.com/")).toMatch(/^http.too-large/);
    let read = 0;
    const endless = world(["api.example.com"], () => {
      const body = new ReadableStream<Uint8Array>({
        pull: (controller) => {
          read += 65_536;
          controller.enqueue(new Uint8Array(65_536));
        },
      });
      return new Response(body);
    });
    expect(await endless.ask("get", "https://api.example.com/")).toMatch(/^http.too-large/);
    expect(read).toBeLessThan(2 * LIMITS.orcHttpBytes);
  });

  test("bytes that are no text come as base64", async () => {
    const { ask } = world(["api.example.com"], () => new Response(Uint8Array.of(255, 0)));
    expect(await ask("get", "https://api.example.com/")).toBe("200 /wA=");
  });
});
