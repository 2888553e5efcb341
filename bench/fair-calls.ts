// Do endless calls leave others their turn? The whole system: eight calls of endless loops with a ceiling of 10^11 fuel, of eight
// algorithms and then of one, beside a trivial call that is made 50 times a second; against the same without loops. Then all
// eight are cancelled as their owner would, and each must end at once, charged for what it burned.
import { existsSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BENCH_KEY, type Running, publishText, startOrcade } from "./call/systems.ts";
import { type Asked, type Echoes, echo, echoesLine, verdict } from "./fair/echo.ts";
import { readOptions } from "./fuel/options.ts";

const LOOPS = join(import.meta.dirname, "fair/loops");
const ECHO = join(import.meta.dirname, "../test/modules/echo.wat");
const PER_SECOND = 50;
const TARGETS = { p99: 15, pauseAbove: 25 };
/** Milliseconds until the last of the cancelled has ended. */
const CANCEL_MS = 100;
/** Microcredits: a ceiling of 10^11 fuel, and the fee. */
const CEILING = 100_020_000;
/** On tmpfs where there is one: what is asked is about turns of the processor, not of the disk. */
const STORAGE = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
const WARM_MS = 1_000;
const COUNT = 8;

const HEADERS = { Authorization: `Simple ${BENCH_KEY}`, "Content-Type": "application/octet-stream" };

const trivial = ({ url }: Running): Asked => ({
  url: new URL("/v1/algo/bench/echo", url),
  headers: HEADERS,
  body: (n) => `echo ${n}`,
  fits: (answer, body) => answer.includes(`"result":"${btoa(body)}"`),
});

interface Ended {
  readonly loop: string;
  readonly at: number;
  readonly fuel: number;
  readonly cost: number;
}

/** Calls a loop until it is cancelled. */
async function endless({ url }: Running, loop: string): Promise<Ended> {
  const headers = { ...HEADERS, "X-Orcade-Max-Cost": String(CEILING) };
  const answer = await fetch(new URL(`/v1/algo/bench/${loop}`, url), { method: "POST", headers });
  const text = await answer.text();
  if (!text.includes('"error_type":"Cancelled"')) throw new Error(`${loop} ended by itself: ${text.slice(0, 500)}`);
  const figure = (name: string): number => Number(answer.headers.get(`X-Orcade-${name}`));
  return { loop, at: performance.now(), fuel: figure("Fuel"), cost: figure("Cost") };
}

/** Cancels everything that runs. @returns when that was asked for, and when the last wish was acknowledged */
async function cancelAll({ url }: Running): Promise<{ readonly asked: number; readonly told: number }> {
  const listed = await fetch(new URL("/v1/calls?state=running", url), { headers: HEADERS });
  const { results } = (await listed.json()) as { readonly results: readonly { readonly id: string }[] };
  if (results.length !== COUNT) throw new Error(`${results.length} calls run`);
  const asked = performance.now();
  const cancel = ({ id }: { readonly id: string }): Promise<Response> =>
    fetch(new URL(`/v1/calls/${id}`, url), { method: "DELETE", headers: HEADERS });
  const answers = await Promise.all(results.map(cancel));
  for (const answer of answers) if (!answer.ok) throw new Error(await answer.text());
  return { asked, told: performance.now() };
}

async function beside(
  place: Running,
  title: string,
  loops: readonly string[],
  alone: Echoes,
  ms: number,
): Promise<void> {
  const running = Promise.all(loops.map((loop) => endless(place, loop)));
  const asked = trivial(place);
  const measured = echo(asked, PER_SECOND, WARM_MS).then(() => echo(asked, PER_SECOND, ms));
  const echoes = await Promise.race([
    measured,
    running.then(() => Promise.reject(new Error("all ended by themselves"))),
  ]);
  console.log(`\n${echoesLine(title, echoes)}\n${verdict(alone, echoes, TARGETS)}`);
  const cancelled = await cancelAll(place);
  const ended = await running;
  const times = ended.map(({ at }) => at - cancelled.asked).sort((a, b) => a - b);
  const last = times.at(-1) ?? Number.NaN;
  console.log(
    `${last <= CANCEL_MS ? "reached" : "MISSED"}: cancelled, the last had ended after ${last.toFixed(1)} of ${CANCEL_MS} ms ` +
      `(${times.map((time) => time.toFixed(0)).join(" ")}; all told after ${(cancelled.told - cancelled.asked).toFixed(1)})`,
  );
  const seconds = (WARM_MS + ms) / 1_000;
  const rate = ({ fuel }: Ended): string => (fuel / 1e9 / seconds).toFixed(2);
  console.log(`10^9 fuel a second: ${ended.map((each) => `${each.loop} ${rate(each)}`).join(", ")}`);
  if (ended.some(({ fuel, cost }) => fuel === 0 || cost === 0)) throw new Error("a loop was not charged");
}

/** @param args `--seconds` of each run (default 20) */
export async function run(args: string[]): Promise<void> {
  const ms = readOptions(args, ["seconds"], []).number("seconds", 20) * 1_000;
  const loops = readdirSync(LOOPS)
    .filter((file) => file.endsWith(".wat"))
    .map((file) => file.slice(0, -4));
  if (loops.length !== COUNT) throw new Error(`there are ${loops.length} loops`);
  const place = await startOrcade(STORAGE);
  try {
    await publishText(place, "echo", ECHO, []);
    for (const loop of loops) await publishText(place, loop, join(LOOPS, `${loop}.wat`), []);
    await echo(trivial(place), PER_SECOND, WARM_MS);
    console.log(`storage on ${STORAGE}\na trivial call, ms            p50      p99  longest  answers   taken`);
    const alone = await echo(trivial(place), PER_SECOND, ms);
    console.log(echoesLine("alone", alone));
    await beside(place, `beside ${COUNT} loops`, loops, alone, ms);
    const same = loops.map(() => "empty");
    await beside(place, `beside ${COUNT} of one`, same, alone, ms);
  } finally {
    await place.stop();
  }
}
