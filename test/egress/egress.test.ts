// The way out: what is refused before anything leaves, what redirects may do, and the bounds of what comes back.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { hostFits, judge } from "../../worker/egress/policy.ts";
import { HostRates } from "../../worker/egress/rate.ts";
import { type Bounds, LOOPS, type Outgoing, type Sender, hopsOf, send } from "../../worker/egress/send.ts";

interface Hosts {
  readonly public: readonly string[];
  readonly refused: Readonly<Record<string, string>>;
}
const hosts = JSON.parse(readFileSync(join(import.meta.dirname, "hosts.json"), "utf8")) as Hosts;
const policy = { ownHosts: ["orcade.dev"] };

describe("addresses", () => {
  test.each(hosts.public)("%s may be asked", (url) => expect(judge(url, policy).ok).toBe(true));
  test.each(Object.entries(hosts.refused))("%s is refused: %s", (url, reason) =>
    expect(judge(url, policy)).toEqual({ ok: false, error: reason }),
  );

  test("only the hosts on a list, if there is one", () => {
    const listed = { ...policy, allow: ["api.example.com", "*.Trusted.org"] };
    const fits = (host: string): boolean => judge(`https://${host}/`, listed).ok;
    expect(["api.example.com", "a.trusted.org", "a.b.trusted.org"].map(fits)).toEqual([true, true, true]);
    expect(["example.com", "xapi.example.com", "trusted.org", "nottrusted.org"].map(fits)).toEqual([
      false,
      false,
      false,
      false,
    ]);
    expect(hostFits(".trusted.org", "*.trusted.org")).toBe(false);
  });

  test("an address may have 8,192 characters", () => {
    const at = (length: number): boolean => judge(`https://example.com/${"a".repeat(length - 20)}`, policy).ok;
    expect([at(8_192), at(8_193)]).toEqual([true, false]);
  });
});

const get = (url: string, more: Partial<Outgoing> = {}): Outgoing => ({
  method: "GET",
  url,
  headers: [],
  body: null,
  ...more,
});
const bounds = (more: Partial<Bounds> = {}): Bounds => ({
  answerBytes: 1_000,
  deadline: Date.now() + 5_000,
  hops: 0,
  ...more,
});

interface Seen {
  readonly url: string;
  readonly init: RequestInit;
}
/** An Internet of the test's own: what each address answers; and what it was asked. */
function internet(pages: Readonly<Record<string, () => Response | Promise<Response>>>): {
  readonly sender: Sender;
  readonly seen: Seen[];
} {
  const seen: Seen[] = [];
  const sender: Sender = async (url, init) => {
    seen.push({ url: url.href, init });
    return (await pages[url.href]?.()) ?? new Response("nothing here", { status: 404 });
  };
  return { sender, seen };
}
const to =
  (location: string, status = 302) =>
  (): Response =>
    new Response(null, { status, headers: { Location: location } });
const headersOf = ({ init }: Seen): Headers => new Headers(init.headers);
const run = (outgoing: Outgoing, sender: Sender, more: Partial<Bounds> = {}): ReturnType<typeof send> =>
  send(outgoing, policy, bounds(more), sender);

describe("sending", () => {
  test("an answer comes back whole, with nothing of ours on the way", async () => {
    const { sender, seen } = internet({
      "https://a.com/": () => new Response("hi", { headers: { "X-A": "1", "Set-Cookie": "s=1" } }),
    });
    const answer = await run(get("https://a.com/", { headers: [["X-Mine", "2"]] }), sender);
    expect(answer).toMatchObject({
      ok: true,
      value: { status: 200, url: "https://a.com/", body: new TextEncoder().encode("hi") },
    });
    const names = answer.ok ? answer.value.headers.map(([name]) => name) : [];
    expect([names.includes("x-a"), names.includes("set-cookie")]).toEqual([true, false]);
    const [first] = seen;
    expect(first === undefined ? null : Object.fromEntries(headersOf(first))).toEqual({
      "user-agent": "orcade",
      "orcade-hops": "1",
      "x-mine": "2",
    });
    expect(first?.init.redirect).toBe("manual");
  });

  test.each([
    "https://127.0.0.1/",
    "http://b.com/",
    "https://[::ffff:10.0.0.1]/",
    "https://orcade.dev/v1/algo/a/b",
    "https://localhost/",
  ])("a redirect to %s is refused", async (location) => {
    const { sender, seen } = internet({ "https://a.com/": to(location) });
    expect((await run(get("https://a.com/"), sender)).ok).toBe(false);
    expect(seen.length).toBe(1);
  });

  test("five redirects are followed, the sixth is not", async () => {
    const chain = (last: number): Record<string, () => Response> => {
      const pages: Record<string, () => Response> = { [`https://a.com/${last}`]: () => new Response("end") };
      for (let n = 0; n < last; n++) pages[`https://a.com/${n}`] = to(`/${n + 1}`);
      return pages;
    };
    expect((await run(get("https://a.com/0"), internet(chain(5)).sender)).ok).toBe(true);
    expect(await run(get("https://a.com/0"), internet(chain(6)).sender)).toEqual({
      ok: false,
      error: { reason: "too-many-redirects" },
    });
  });

  test("secrets stay with the host they were meant for; 303 becomes GET, 307 stays what it was", async () => {
    const headers = [
      ["Authorization", "Bearer x"],
      ["X-Api-Key", "y"],
      ["Content-Type", "text/plain"],
      ["Accept", "a/b"],
    ] as const;
    const post = get("https://a.com/", { method: "POST", body: new TextEncoder().encode("body"), headers });
    const away = internet({ "https://a.com/": to("https://b.com/", 303), "https://b.com/": () => new Response("ok") });
    await run(post, away.sender);
    const second = away.seen[1];
    expect(second?.init.method).toBe("GET");
    expect(second?.init.body).toBeNull();
    expect(second === undefined ? null : Object.fromEntries(headersOf(second))).toEqual({
      "user-agent": "orcade",
      "orcade-hops": "1",
      accept: "a/b",
    });
    const same = internet({ "https://a.com/": to("/c", 307), "https://a.com/c": () => new Response("ok") });
    await run(post, same.sender);
    expect(same.seen[1]?.init.method).toBe("POST");
    expect(headersOf(same.seen[1] as Seen).get("authorization")).toBe("Bearer x");
  });

  test.each([
    "Host",
    "Content-Length",
    "Orcade-Hops",
    "cf-connecting-ip",
    "X-Forwarded-For",
    "Proxy-Authorization",
    "bad name",
    "é",
  ])("the header %s may not be set", async (name) => {
    const { sender, seen } = internet({});
    expect(await run(get("https://a.com/", { headers: [[name, "x"]] }), sender)).toMatchObject({
      ok: false,
      error: { reason: "forbidden-header" },
    });
    expect(seen).toEqual([]);
  });

  test("a value with a line break is no value", async () => {
    const answer = await run(get("https://a.com/", { headers: [["X-A", "1\r\nHost: b"]] }), internet({}).sender);
    expect(answer).toMatchObject({ ok: false, error: { reason: "forbidden-header", header: "X-A" } });
  });

  test("the answer's last accepted and first refused byte, declared or not", async () => {
    const page = (length: number, declared: boolean) => (): Response => {
      const body = new Blob(["x".repeat(length)]).stream();
      return new Response(body, declared ? { headers: { "Content-Length": String(length) } } : {});
    };
    for (const declared of [true, false]) {
      const ask = (length: number): ReturnType<typeof send> =>
        run(get("https://a.com/"), internet({ "https://a.com/": page(length, declared) }).sender);
      expect((await ask(1_000)).ok).toBe(true);
      expect(await ask(1_001)).toEqual({ ok: false, error: { reason: "too-large", limit: 1_000 } });
    }
  });

  test("a host that never answers, one that breaks off, and a deadline that has passed", async () => {
    const never: Sender = (_, init) =>
      new Promise((_resolve, reject) => init.signal?.addEventListener("abort", () => reject(new Error("aborted"))));
    expect(await run(get("https://a.com/"), never, { deadline: Date.now() + 50 })).toEqual({
      ok: false,
      error: { reason: "timeout" },
    });
    const broken: Sender = () => Promise.reject(new Error("connection refused"));
    expect(await run(get("https://a.com/"), broken)).toEqual({
      ok: false,
      error: { reason: "unreachable", message: "connection refused" },
    });
    expect(await run(get("https://a.com/"), never, { deadline: Date.now() })).toEqual({
      ok: false,
      error: { reason: "timeout" },
    });
  });

  test("what has passed through us too often stops", async () => {
    const { sender } = internet({ "https://a.com/": () => new Response("ok") });
    expect((await run(get("https://a.com/"), sender, { hops: LOOPS - 1 })).ok).toBe(true);
    expect(await run(get("https://a.com/"), sender, { hops: LOOPS })).toEqual({ ok: false, error: { reason: "loop" } });
    expect(["0", "3", "x", "-1", "9999"].map((text) => hopsOf(new Headers({ "Orcade-Hops": text })))).toEqual([
      0,
      3,
      LOOPS,
      LOOPS,
      LOOPS,
    ]);
    expect(hopsOf(new Headers())).toBe(0);
  });
});

test("one host is asked 40 times at once, then 20 times a second", () => {
  const rates = new HostRates();
  const taken = (count: number, now: number): number =>
    Array.from({ length: count }, () => rates.take("a.com", now)).filter(Boolean).length;
  expect(taken(60, 0)).toBe(40);
  expect(taken(60, 1_000)).toBe(20);
  expect(rates.take("b.com", 1_000)).toBe(true);
  expect(taken(60, 60_000)).toBe(40);
});
