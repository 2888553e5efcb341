// Calls that run from the object that holds what they read, inside workerd with the real objects: everything of them is as of
// calls that run as usual, but where, and how much passes between the objects and where the call came in.
import { beforeAll, describe, expect, test, vi } from "vitest";
import { keysShape, receiptShape } from "../../cli/receipt/file.ts";
import { Hop } from "../../worker/calls/hop.ts";
import { StoreView } from "../../worker/calls/store.ts";
import { LIMITS } from "../../worker/limits.ts";
import { verifySignature } from "../../worker/market/receipt/receipt.ts";
import { State, stateOf } from "../../worker/objects/state/object.ts";
import { invited } from "../support/accounts.ts";
import { Client, type Fetch, type Manifested, bootstrap } from "../support/client.ts";
import { env, fetchInside, fetchWith } from "../support/inside.ts";
import { testModule } from "../support/modules.ts";
import { link, linked } from "../../bench/near/link.ts";
import { chain, priced, relay } from "./relay.ts";
import { SCRIPTED, type Step, script } from "./script.ts";

let ada: Client;
let alice: Client;
let bob: Client;
const encoder = new TextEncoder();
const MONEY = 10_000_000_000;
const STATEFUL = { permissions: ["state"], more: { runs: "near-state" } };
/** The longest file's bytes. */
const LONG = 3_000_000;
/** Invocations in one chain that the platform allows. */
const PLATFORM_CHAIN = 32;
/** A call that may last so long runs as usual. */
const USUAL = `?timeout=${LIMITS.nearSeconds + 1}`;
const NEAR = `?timeout=${LIMITS.nearSeconds}`;

async function collection(client: Client, name: string, read: readonly string[], files: Record<string, Uint8Array>) {
  expect((await client.post("/v1/data/.my", { name, acl: { read } })).status).toBe(200);
  for (const [file, body] of Object.entries(files)) {
    const headers = { Authorization: `Simple ${client.key}` };
    const answer = await client.fetch(`/v1/data/.my/${name}/${file}`, {
      method: "PUT",
      headers,
      body: body as BodyInit,
    });
    expect(answer.status).toBe(200);
  }
}

beforeAll(async () => {
  ada = await bootstrap(fetchInside, "ada");
  alice = await invited(ada, "alice", MONEY);
  bob = await invited(ada, "bob", MONEY);
  const publish = (client: Client, owner: string, wanted: Manifested, module: string) =>
    client.publish(owner, wanted, testModule(module));
  const all = await Promise.all([
    publish(ada, "ada", { name: "script", ...SCRIPTED, more: { source: "open" } }, "script"),
    publish(alice, "alice", { name: "script", ...SCRIPTED }, "script"),
    publish(ada, "ada", { name: "stateful", ...SCRIPTED, more: { runs: "near-state" } }, "script"),
    publish(ada, "ada", { name: "data", permissions: ["data"] }, "data"),
    publish(alice, "alice", { name: "data", permissions: ["data"] }, "data"),
    publish(ada, "ada", { name: "reader", permissions: ["data"] }, "reader"),
    publish(ada, "ada", { name: "counter", ...STATEFUL }, "counter"),
    publish(ada, "ada", { name: "echo" }, "echo"),
    publish(ada, "ada", { name: "relay", permissions: ["call", "data", "data-write"] }, "relay"),
    publish(ada, "ada", { name: "narrow", permissions: ["call"] }, "relay"),
    publish(ada, "ada", { name: "relaying", permissions: ["call", "state"], more: { runs: "near-state" } }, "relay"),
  ]);
  for (const answer of all) expect([answer.status, await answer.text()]).toEqual([201, expect.anything()]);
  const bytes = Uint8Array.from({ length: LONG }, (_, n) => n * 31 + (n >> 8));
  await collection(bob, "mine", [], { a: encoder.encode("bob's own"), empty: new Uint8Array(0), long: bytes });
  await collection(alice, "words", ["algo://.my/*"], { en: encoder.encode("alice's words") });
  await collection(alice, "closed", [], { x: encoder.encode("alice's alone") });
  await collection(alice, "open", ["user://*"], { y: encoder.encode("everybody's") });
});

/** A node of a call's tree; what a run has of its own is not in it. */
interface Node {
  readonly ran?: string;
  readonly children: readonly Node[];
}

const OWN = new Set(["id", "started", "duration_ms", "ran", "seed"]);
const common = (tree: Node): unknown =>
  JSON.parse(JSON.stringify(tree, (key, value: unknown) => (OWN.has(key) ? undefined : value)));
const treeOf = async (client: Client, id: string): Promise<Node> =>
  (await (await client.get(`/v1/calls/${id}/tree`)).json<{ tree: Node }>()).tree;
const flat = (node: Node): Node[] => [node, ...node.children.flatMap(flat)];

interface Ran {
  readonly body: object;
  readonly text: string;
  readonly fuel: string | null;
  readonly cost: number;
  readonly id: string;
  readonly tree: Node;
}

async function run(
  client: Client,
  target: string,
  input: Uint8Array,
  headers: Record<string, string> = {},
): Promise<Ran> {
  const answer = await client.call(target, input, headers);
  const fuel = answer.headers.get("X-Orcade-Fuel");
  const { body, text, cost, id } = await priced(Promise.resolve(answer));
  const { metadata: _, ...told } = body as { metadata?: object };
  return { body: told, text, fuel, cost, id, tree: await treeOf(client, id) };
}

const path = (what: number, name: string, rest = new Uint8Array(0)): Uint8Array<ArrayBuffer> =>
  Uint8Array.of(what, name.length, ...encoder.encode(name), ...rest);
const range = (from: number, count: number): Uint8Array<ArrayBuffer> =>
  new Uint8Array(new BigInt64Array([BigInt(from), BigInt(count)]).buffer.slice(0, 12));
/** @param turns after the file was read @param size of the ranges */
function reader(name: string, turns = 0, size = 1_048_576): Uint8Array<ArrayBuffer> {
  return Uint8Array.of(...new Uint8Array(Uint32Array.of(size, turns).buffer), name.length, ...encoder.encode(name));
}

const MINE = "data://bob/mine";
const nested = (...steps: readonly Step[]): Step => ["call", "ada/script", script(...steps)];

describe("near data, everything but the place is as usual", () => {
  test.for<readonly [title: string, target: string, input: Uint8Array]>([
    ["a whole file", "ada/data", path(0, `${MINE}/a`)],
    ["an empty one", "ada/data", path(0, `${MINE}/empty`)],
    ["a long one", "ada/data", path(0, `${MINE}/long`)],
    ["none", "ada/data", path(0, `${MINE}/none`)],
    ["a collection as a file", "ada/data", path(0, MINE)],
    ["another spelling", "ada/data", path(0, "data://.my/mine/%61")],
    ["a range", "ada/data", path(1, `${MINE}/long`, range(1_048_570, 12))],
    ["a range of nothing", "ada/data", path(1, `${MINE}/long`, range(7, 0))],
    ["a range of nothing of nothing", "ada/data", path(1, `${MINE}/none`, range(7, 0))],
    ["a range at the end", "ada/data", path(1, `${MINE}/long`, range(LONG - 3, 50))],
    ["a range beyond it", "ada/data", path(1, `${MINE}/long`, range(LONG, 50))],
    ["a range that is too long", "ada/data", path(1, `${MINE}/long`, range(0, LIMITS.dataReadBytes + 1))],
    ["a size", "ada/data", path(2, `${MINE}/long`)],
    ["the size of none", "ada/data", path(2, `${MINE}/none`)],
    ["a list", "ada/data", path(3, MINE)],
    ["the rest of a list", "ada/data", path(3, MINE, Uint8Array.of(37))],
    ["a list of a file", "ada/data", path(3, `${MINE}/a`)],
    ["all of it in pieces", "ada/reader", reader(`${MINE}/long`, 100_000, 400_000)],
    ["its author's words", "alice/data", path(0, "data://alice/words/en")],
    [
      "reads, then writes, then reads",
      "ada/script",
      script(
        ["get", `${MINE}/a`],
        ["put", `${MINE}/a`, "bob's own"],
        ["get", `${MINE}/a`],
        ["list", MINE],
        ["get", `${MINE}/b`],
      ),
    ],
    [
      "a delete of nothing",
      "ada/script",
      script(["get", `${MINE}/a`], ["delete", `${MINE}/none`], ["get", `${MINE}/a`]),
    ],
    ["state beside", "ada/script", script(["get", `${MINE}/a`], ["increment", "xxx"], ["delete", `${MINE}/z`])],
    [
      "a call, which reads too",
      "ada/script",
      script(["get", `${MINE}/a`], nested(["get", `${MINE}/a`]), ["get", `${MINE}/a`]),
    ],
    ["a call of nothing", "ada/script", script(["get", `${MINE}/a`], ["call", "ada/none", "x"])],
    ["a trap", "ada/script", script(["get", `${MINE}/a`], ["trap"])],
    ["a call that traps", "ada/script", script(["get", `${MINE}/a`], nested(["get", `${MINE}/a`], ["trap"]))],
  ])("%s", async ([, target, input]) => {
    const steps = new TextDecoder().decode(input).includes("xxx");
    if (steps) await run(bob, target, input);
    const usual = await run(bob, target + USUAL, input);
    const near = await run(bob, target + NEAR, input);
    expect([usual.tree.ran, near.tree.ran]).toEqual([undefined, "near-data"]);
    // A count in state goes on.
    if (!steps) {
      expect(near.body).toEqual(usual.body);
      expect(common(near.tree)).toEqual(common(usual.tree));
    } else expect([usual.text, near.text]).toEqual(["bob's own\u0002-", "bob's own\u0003-"]);
    expect([near.fuel, near.cost]).toEqual([usual.fuel, usual.cost]);
  });

  test("a callee runs there, too, and what is kept is kept", async () => {
    const near = await run(
      bob,
      "ada/relay",
      relay("ada/script", script(["put", `${MINE}/new`, "1"], ["get", `${MINE}/new`])),
    );
    expect(near.text).toBe("+1");
    expect(flat(near.tree).map(({ ran }) => ran)).toEqual(["near-data", "near-data"]);
    expect((await run(bob, "ada/data", path(0, `${MINE}/new`))).text).toBe("1");
    expect((await run(bob, "ada/script", script(["delete", `${MINE}/new`]))).text).toBe("+");
  });

  test("its receipt says where it ran, and is signed as any other", async () => {
    const near = await run(bob, "ada/data", path(0, `${MINE}/a`));
    const receipt = receiptShape.parse(await (await bob.get(`/v1/calls/${near.id}/receipt`)).json());
    const keys = keysShape.parse(await (await bob.get("/.well-known/orcade-keys")).json());
    expect(receipt.statement.nodes).toMatchObject([{ ran: "near-data" }]);
    expect(await verifySignature(receipt, keys.keys)).toMatchObject({ ok: true });
  });

  test("a call whose answers are kept for a replay runs as usual: they have to come all the same", async () => {
    const kept = await run(bob, "ada/script", script(["get", `${MINE}/a`]), { "X-Orcade-Keep": "input" });
    expect([kept.text, kept.tree.ran]).toEqual(["bob's own", undefined]);
  });
});

describe("near state, everything but the place is as usual", () => {
  test.for<readonly [title: string, steps: readonly Step[]]>([
    ["a count", [["increment", "n"]]],
    [
      "two counts, one twice",
      [
        ["increment", "n"],
        ["increment", "m"],
        ["increment", "n"],
      ],
    ],
    ["a call between", [["increment", "n"], nested(["increment", "n"]), ["increment", "n"]]],
    [
      "a call of itself between",
      [
        ["increment", "n"],
        ["call", "ada/stateful", script(["increment", "k"])],
        ["increment", "k"],
      ],
    ],
    ["a trap", [["increment", "n"], ["trap"]]],
  ])("%s", async ([, steps]) => {
    const [one, two] = [
      await invited(ada, `s${crypto.randomUUID().slice(0, 8)}`, MONEY),
      await invited(ada, `s${crypto.randomUUID().slice(0, 8)}`, MONEY),
    ];
    for (let round = 0; round < 2; round++) {
      const usual = await run(one, `ada/stateful${USUAL}`, script(...steps));
      const near = await run(two, `ada/stateful${NEAR}`, script(...steps));
      expect([usual.tree.ran, near.tree.ran]).toEqual([undefined, "near-state"]);
      expect(near.body).toEqual(usual.body);
      expect(common(near.tree)).toEqual(common(usual.tree));
      expect([near.fuel, near.cost]).toEqual([usual.fuel, usual.cost]);
    }
  });

  test("counts exactly when many count at once", async () => {
    const many = await invited(ada, "many", MONEY);
    await Promise.all(Array.from({ length: 12 }, () => run(many, "ada/counter", new Uint8Array(0))));
    const last = await run(many, "ada/counter", new Uint8Array(0));
    expect([last.text.charCodeAt(0), last.tree.ran]).toEqual([13, "near-state"]);
  });

  test("needs the permission state", async () => {
    const answer = await ada.publish("ada", { name: "stateless", more: { runs: "near-state" } }, testModule("echo"));
    expect([answer.status, await answer.text()]).toEqual([
      422,
      expect.stringContaining('needs the permission \\"state\\"'),
    ]);
  });

  test("looks at one value that differ do not both hold, in whatever order they are told", async () => {
    const store = stateOf(env, "ada/looks", "bob");
    const key = encoder.encode("k");
    for (const first of [0, 1]) {
      const view = new StoreView("ada/looks", store);
      view.looked({ reads: [{ key, revision: first }], lists: [] });
      view.looked({ reads: [{ key, revision: 1 - first }], lists: [] });
      expect(await view.prepare("req-looks", "bob")).toEqual({ ok: false, error: "conflict" });
    }
  });
});

describe("who runs where", () => {
  test.for<readonly [caller: "bob" | "alice", target: string, name: string, answer: string, ran: string | undefined]>([
    ["bob", "ada/data", "data://bob/mine/a", "bob's own", "near-data"],
    ["bob", "alice/data", "data://alice/words/en", "alice's words", "near-data"],
    // What is only open to everybody is read from there, and computes elsewhere.
    ["bob", "ada/data", "data://alice/open/y", "everybody's", undefined],
    ["bob", "ada/data", "data://alice/words/en", "absent", undefined],
    ["bob", "ada/data", "data://alice/closed/x", "absent", undefined],
    ["bob", "alice/data", "data://alice/closed/x", "absent", undefined],
    ["bob", "ada/data", "data://alice/nothing/x", "absent", undefined],
    ["bob", "ada/data", "data://bob/nothing/x", "absent", undefined],
    ["alice", "ada/data", "data://bob/mine/a", "absent", undefined],
    ["alice", "ada/data", "data://alice/closed/x", "alice's alone", "near-data"],
    ["bob", "ada/narrow", "", "absent", undefined],
  ])("%s calls %s with %s: %s, %s", async ([caller, target, name, answer, ran]) => {
    const inner = target === "ada/narrow" ? relay("ada/data", path(0, `${MINE}/a`)) : path(0, name);
    const found = await run(caller === "bob" ? bob : alice, target, inner);
    expect([found.text, ...flat(found.tree).map((node) => node.ran)]).toEqual(
      target === "ada/narrow" ? [answer, ran, ran] : [answer, ran],
    );
  });

  test("a collection that was closed since is closed to who runs there, too", async () => {
    const set = (read: readonly string[]) =>
      alice.fetch("/v1/data/.my/words", {
        method: "PATCH",
        headers: { Authorization: `Simple ${alice.key}`, "Content-Type": "application/json" },
        body: JSON.stringify({ acl: { read } }),
      });
    expect((await set([])).status).toBe(200);
    const closed = await run(bob, "alice/data", path(0, "data://alice/words/en"));
    expect([closed.text, closed.tree.ran]).toEqual(["absent", undefined]);
    expect((await set(["algo://.my/*"])).status).toBe(200);
    expect((await run(bob, "alice/data", path(0, "data://alice/words/en"))).text).toBe("alice's words");
  });

  test("LIMITS.nearRuns at once from one object, the next one elsewhere; and there again when they are over", async () => {
    const long = reader(`${MINE}/a`, 120_000_000);
    const going = Array.from({ length: LIMITS.nearRuns }, () => run(bob, "ada/reader", long));
    await new Promise((resolve) => setTimeout(resolve, 150));
    const next = await run(bob, "ada/reader", reader(`${MINE}/a`));
    expect(next.tree.ran).toBeUndefined();
    const ran = (await Promise.all(going)).map(({ tree }) => tree.ran);
    expect(ran).toEqual(Array.from({ length: LIMITS.nearRuns }, () => "near-data"));
    expect((await run(bob, "ada/reader", reader(`${MINE}/a`))).tree.ran).toBe("near-data");
  });

  test("an input of LIMITS.nearInputBytes goes there, a longer one does not", async () => {
    const input = (length: number) => {
      const whole = new Uint8Array(length);
      whole.set(path(0, `${MINE}/a`));
      return whole;
    };
    expect((await run(bob, "ada/data", input(LIMITS.nearInputBytes))).tree.ran).toBe("near-data");
    expect((await run(bob, "ada/data", input(LIMITS.nearInputBytes + 1))).tree.ran).toBeUndefined();
    expect((await run(bob, "ada/counter", input(LIMITS.nearInputBytes))).tree.ran).toBe("near-state");
    expect((await run(bob, "ada/counter", input(LIMITS.nearInputBytes + 1))).tree.ran).toBeUndefined();
  });
});

/** A client whose collections, or stores of state, are behind a link. */
const behind = (binding: "COLLECTION" | "STATE", to: ReturnType<typeof link>): Client => {
  const fetch: Fetch = fetchWith({ [binding]: linked(env[binding], to) } as Partial<Pick<typeof env, typeof binding>>);
  return new Client(fetch, bob.key);
};

describe("what passes between the object and where the call came in", () => {
  test("is less than one in a hundred of the file, near it", async () => {
    const [near, usual] = [link(), link()];
    const there = await run(behind("COLLECTION", near), `ada/reader${NEAR}`, reader(`${MINE}/long`));
    const here = await run(behind("COLLECTION", usual), `ada/reader${USUAL}`, reader(`${MINE}/long`));
    expect([there.text, there.tree.ran]).toEqual([here.text, "near-data"]);
    expect(near.bytes).toBeGreaterThan(100);
    expect(near.bytes).toBeLessThan(LONG / 100);
    expect(usual.bytes).toBeGreaterThan(LONG);
  });
});

const breaking = (method: string) => (asked: string) =>
  asked === method ? Promise.reject(new Error("lost")) : Promise.resolve();

describe("a file that is replaced while it is read there", () => {
  test("is read as it was, or as it is: no call mixes two versions", async () => {
    // In many pieces, so that it takes its time.
    const body = (letter: string): Uint8Array => encoder.encode(letter.repeat(2_000));
    const read = (): Promise<Ran> => run(bob, "ada/reader", reader(`${MINE}/hot`, 0, 8));
    const put = async (letter: string): Promise<void> => {
      const headers = { Authorization: `Simple ${bob.key}` };
      const init = { method: "PUT", headers, body: body(letter) as BodyInit };
      expect((await bob.fetch("/v1/data/.my/mine/hot", init)).status).toBe(200);
    };
    await put("a");
    const one = await read();
    await put("b");
    const two = await read();
    expect(one.text).not.toBe(two.text);
    for (const ms of [20, 40, 60]) {
      await put("a");
      const running = read();
      await scheduler.wait(ms);
      await put("b");
      const ran = await running;
      expect([one.text, two.text]).toContain(ran.text);
      expect(ran.tree.ran).toBe("near-data");
    }
  });
});

describe("a run that is lost", () => {
  test.for<readonly [lost: string, method: string]>([
    ["on the way there", "runNear"],
    ["when it read something that only home knows", "stateGet"],
  ])("%s runs as usual, once", async ([, method]) => {
    const to = link({ before: breaking(method) });
    const count = script(["get", `${MINE}/a`], ["increment", "lost"]);
    const before = (await run(bob, "ada/script", count)).text;
    const ran = await run(behind("COLLECTION", to), "ada/script", count);
    expect(ran.tree.ran).toBeUndefined();
    expect(ran.text.charCodeAt(9)).toBe(before.charCodeAt(9) + 1);
    expect(ran.tree).toMatchObject({ host_calls: 2 });
    expect(to.messages).toBeGreaterThan(0);
  });

  test.for(["dataPut", "call"])(
    "after %s was done for it is lost, costs nothing, and leaves nothing",
    async (method) => {
      const balance = async () =>
        (await (await bob.get("/v1/account")).json<{ balance_microcredits: number }>()).balance_microcredits;
      const before = await balance();
      const steps = script(["get", `${MINE}/a`], ["put", `${MINE}/left`, "x"], ["call", "ada/echo", "x"]);
      const answer = await behind("COLLECTION", link({ after: breaking(method) })).call("ada/script", steps);
      expect([answer.status, await balance()]).toEqual([503, before]);
      expect((await run(bob, "ada/data", path(0, `${MINE}/left`))).text).toBe("absent");
      expect((await run(bob, "ada/script", steps)).text).toBe("bob's own+x");
      expect((await run(bob, "ada/script", script(["delete", `${MINE}/left`]))).text).toBe("+");
    },
  );
});

describe("a tree that alternates", () => {
  test("nests so deep and no deeper, with chains of invocations far below the platform's", async () => {
    const hops = vi.spyOn(Hop.prototype, "run");
    const objects = vi.spyOn(State.prototype, "runNear");
    // Alternately near its state and as usual: each near one is an algorithm of its own, with a store of its own.
    const names: string[] = [];
    for (let n = 0; n < LIMITS.callDepth - 1; n++) {
      const name = `alt${n}`;
      const permissions = n % 2 === 0 ? ["call", "state"] : ["call"];
      const more = n % 2 === 0 ? { runs: "near-state" } : {};
      // Another memory, another build: they share no isolate.
      await ada.publish("ada", { name, permissions, more, memory: 16 + n }, testModule("relay"));
      names.push(`ada/${name}`);
    }
    const [first = "", ...rest] = names;
    const found = await run(ada, first, chain([...rest, "ada/echo"], Uint8Array.of(7)));
    expect(found.text).toBe("\u0007");
    const nodes = flat(found.tree);
    expect(nodes.map(({ ran }) => ran)).toEqual(
      nodes.map((_, n) => (n % 2 === 0 && n < LIMITS.callDepth - 1 ? "near-state" : undefined)),
    );
    const [near, fresh] = [objects.mock.calls.length, hops.mock.calls.length];
    const here = nodes.length - near - fresh;
    expect([near, fresh, here]).toEqual([8, 5, LIMITS.openSandboxes]);
    // Every level begins where the call came in: there, perhaps an object or a fresh invocation, and the sandbox.
    const longest = 1 + (near + fresh > 0 ? 1 : 0) + 1;
    // And if a platform took an answer to a capability for an invocation, too: all that wait for one another at the bottom.
    const all = 1 + 2 * (near + fresh) + here;
    console.log(
      `${nodes.length} deep, alternately near its state: ${near} from objects, ${fresh} from fresh invocations, ${here} from where ` +
        `the call came in; the longest chain has ${longest} invocations (${all} if answers to capabilities counted) of ${PLATFORM_CHAIN}`,
    );
    expect(all).toBeLessThanOrEqual(PLATFORM_CHAIN);
    const deeper = await run(ada, first, chain([...rest, "ada/relaying", "ada/echo"]));
    expect(deeper.text).toContain("CallDepth");
  });
});
