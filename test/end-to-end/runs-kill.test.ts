// kill -9 of workerd at every place of a durable run's journal, and a release in its middle: the same publications in the same
// order, the same bill, no call paid or done twice. The program uses every combinator, timers, nested calls, state and a signal.
import { rmSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { relay } from "../calls/relay.ts";
import { hear, show, shown, signal, start } from "../runs/started.ts";
import { invited } from "../support/invited.ts";
import { Client } from "../support/client.ts";
import { testModule } from "../support/modules.ts";
import { fetchFrom, type System, TORTURE, randomFrom, seedOf, startSystem, untilHealthy } from "../support/server.ts";
import { startServer } from "../../cli/server/start.ts";

/** How many places of the journal are tried by `npm test`. */
const SAMPLE = 3;

/**
 * Beside the worker itself: a Run whose every write is counted, and which writes nothing any more after the one that the test
 * asks for. `/test/arm?at=N` sets it, `/test/stands` tells how many there were and whether it stands still.
 */
const MAIN = `
  import app from "./index.js";
  import { Run as Base } from "./index.js";
  export * from "./index.js";
  const watch = { at: Infinity, writes: 0, still: false };
  const WRITE = /^\\s*(INSERT|UPDATE|DELETE)/;
  export class Run extends Base {
    constructor(ctx, env) {
      const { sql } = ctx.storage;
      const exec = sql.exec.bind(sql);
      sql.exec = (text, ...values) => {
        if (watch.still) throw new Error("stands still");
        const done = exec(text, ...values);
        // What is written in one turn of the event loop is on the disk together, or not at all.
        if (WRITE.test(text) && ++watch.writes === watch.at) setTimeout(() => (watch.still = true), 0);
        return done;
      };
      const sync = ctx.storage.sync.bind(ctx.storage);
      ctx.storage.sync = () => (watch.still ? new Promise(() => {}) : sync());
      super(ctx, env);
    }
  }
  export default {
    async fetch(request, env, ctx) {
      const url = new URL(request.url);
      if (url.pathname === "/test/arm") Object.assign(watch, { at: Number(url.searchParams.get("at")), writes: 0, still: false });
      if (url.pathname.startsWith("/test/")) return Response.json(watch);
      return app.fetch(request, env, ctx);
    },
  };`;

const COUNT = Buffer.from(relay("ada/counter")).toString("base64");

/** Sixty steps: whatever order is free in it is not to be seen in what it publishes. */
const PROGRAM = `
val channel = Channel()
val limit = Ref(0)
def same(x) = algo("ada/same")(x)
def counted() = algo("ada/counter")("")
def nested() = algo("ada/relay")("${COUNT}")
def squares() = map(lambda(n) = same(n) >m> m * m, [1, 2, 3, 4])
def race() = Let(Rwait(20) >> "timer" | Rwait(600000) >> "never")
def pruned() = x <x< (Rwait(15) >> same("late") | Rwait(600000) >> "slow")
def otherwise() = (same(1) >n> Ift(n = 2) >> "wrong") ; (Rwait(5) >> stop) ; same("third")
def forked() = (same("left"), Rwait(10) >> same("right"))
def looped(0) = stop
def looped(n) = Rwait(5) >> n | looped(n - 1)
def collected() = limit := 0 >> (looped(4) >n> limit? + n >s> limit := s >> stop ; limit?)
def fed() = (upto(3) >n> channel.put(n) >> stop ; channel.getAll())
def failing() = algo("ada/none")(1) ; "instead"
def asked() = Let(signal("answer") | Rwait(600000) >> "no answer")
def virtual() = Vclock(IntegerTimeOrder) >> (Vawait(2) >> Vtime() >t> t)

squares() >a> (a | race() >b> (b | pruned() >c> (c | counted() >d> (d | otherwise() >e> (e |
forked() >f> (f | nested() >g> (g | collected() >h> (h | fed() >i> (i | failing() >j> (j |
asked() >k> (k | counted() >l> (l | virtual() >m> (m | nested() >n> (n | Println("end") >> stop))))))))))))))
`;

const EXPECTED = [
  "[1, 4, 9, 16]",
  '"timer"',
  '"late"',
  '"AQAAAA=="',
  '"third"',
  '("left", "right")',
  '"AgAAAA=="',
  "10",
  "[0, 1, 2]",
  expect.stringMatching(/^Error: unknown-algorithm: ada\/none/),
  '"instead"',
  "{. yes = true .}",
  '"AwAAAA=="',
  "2",
  '"BAAAAA=="',
  "end\n",
];

let system: System;
/** What one run costs, and how many writes it makes. */
let whole: { readonly cost: number; readonly fuel: number; readonly writes: number };
let accounts = 0;

beforeAll(async () => {
  system = await startSystem({ main: MAIN });
  const { ada } = system;
  await ada.publish("ada", { name: "same", input: "json", output: "json", royalty: 3 }, testModule("echo"));
  await ada.publish("ada", { name: "counter", permissions: ["state"], royalty: 11 }, testModule("counter"));
  await ada.publish("ada", { name: "relay", permissions: ["call"], royalty: 5 }, testModule("relay"));
  whole = await played(Number.MAX_SAFE_INTEGER);
});
afterAll(() => system.end());

const stands = async (query = ""): Promise<{ readonly writes: number; readonly still: boolean }> =>
  (await system.fetch(`/test/${query}`)).json();

/** Kills workerd once the run stands still, also when it was told to at the very end. @returns whether it did */
async function killedWhenStill(ended: () => boolean): Promise<boolean> {
  for (let last = false; !last;) {
    last = ended();
    await new Promise((resolve) => setTimeout(resolve, last ? 100 : 5));
    if (!(await stands("stands")).still) continue;
    const pid = system.server.workerdPid();
    if (pid !== undefined) process.kill(pid, "SIGKILL");
    await untilHealthy(system.fetch);
    return true;
  }
  return false;
}

async function balance(client: Client): Promise<number> {
  const account: { readonly balance_microcredits: number } = await (await client.get("/v1/account")).json();
  return account.balance_microcredits;
}

/** All that a run says, however often the connection breaks. */
async function heardOut(client: Client, id: string): Promise<Awaited<ReturnType<typeof hear>>> {
  for (const end = Date.now() + 60_000; ;) {
    try {
      return await hear(client, id);
    } catch (error) {
      if (Date.now() > end) throw error;
      await untilHealthy(system.fetch);
    }
  }
}

/** Plays the program for an account of its own, killed after one of its writes, and holds what came of it against the rest. */
async function played(at: number): Promise<typeof whole> {
  const client = await invited(system.ada, `player${accounts++}`, 10_000_000_000);
  await stands(`arm?at=${at}`);
  let over = false;
  const begun = (): Promise<{ readonly id: string }> =>
    start(client, { program: PROGRAM }, { headers: { "Idempotency-Key": "one" } });
  const killing = killedWhenStill(() => over);
  // A request that was cut off is sent again, as clients do, under its key.
  const { id } = await begun().catch(async () => {
    await killing;
    return begun();
  });
  await sent(client, id);
  const heard = await heardOut(client, id);
  over = true;
  await killing;
  expect(shown(heard), `killed after write ${at}`).toEqual(EXPECTED);
  expect(heard.end).toMatchObject({ state: "halted" });
  const { cost_microcredits: cost, fuel } = await show(client, id);
  expect(10_000_000_000 - (await balance(client)), `the bill after write ${at}`).toBe(cost);
  return { cost, fuel, writes: (await stands("stands")).writes };
}

/** Sends the signal, until it was taken. */
async function sent(client: Client, id: string): Promise<void> {
  for (const end = Date.now() + 60_000; ;) {
    const answer = await signal(client, id, "answer", { yes: true }, "once").catch(() => undefined);
    if (answer?.status === 202) return;
    if (Date.now() > end) throw new Error(`the signal was answered ${answer?.status}`);
    await untilHealthy(system.fetch);
  }
}

test("the program is of sixty steps and more", async () => {
  console.log(`runs-kill: ${whole.writes} writes, ${whole.cost} microcredits, ${whole.fuel} fuel`);
  expect(whole.writes).toBeGreaterThan(60);
});

test("killed anywhere: the same publications, the same bill", async () => {
  const random = randomFrom(seedOf("runs-kill"));
  const places = TORTURE
    ? Array.from({ length: whole.writes }, (_, i) => i + 1)
    : Array.from({ length: SAMPLE }, (_, i) => Math.floor(((i + random()) * whole.writes) / SAMPLE) + 1);
  for (const at of places) {
    const { cost, fuel } = await played(at);
    expect({ at, cost, fuel }).toEqual({ at, cost: whole.cost, fuel: whole.fuel });
  }
}, 3_600_000);

test("a release in the middle of a run: it goes on as it was", async () => {
  const client = await invited(system.ada, "released", 10_000_000_000);
  const { id } = await start(client, { program: PROGRAM });
  await expect.poll(async () => (await show(client, id)).awaits, { timeout: 10_000 }).toEqual(["answer"]);
  const { stateDirectory } = system;
  await system.server.stop();
  const server = await startServer({ stateDirectory, main: `${MAIN}\nglobalThis.release = "another";` });
  const end = async (): Promise<void> => {
    await server.stop();
    rmSync(stateDirectory, { recursive: true, force: true });
  };
  system = { ...system, server, fetch: fetchFrom(server.url), end };
  const again = new Client(system.fetch, client.key);
  await sent(again, id);
  const heard = await hear(again, id);
  expect(shown(heard)).toEqual(EXPECTED);
  expect(heard.end).toMatchObject({ state: "halted", cost_microcredits: whole.cost });
});
