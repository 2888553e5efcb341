// Do untrusted loops leave others their turn? Eight endless loops of different shapes, each in an isolate of its own and
// then one of them eight times in one isolate, each called with a ceiling and again when it has reached it, beside an echo
// route that is asked 50 times a second; against the same route alone. All on one thread of workerd, in Dynamic Workers
// driven by the sandbox's own tank and governor. At last all are cancelled.
import { type Echoes, echo, echoOf, echoesLine, verdict } from "./fair/echo.ts";
import { type Answer, type Place, startPlace } from "./fair/workerd.ts";
import { readOptions } from "./fuel/options.ts";

const PER_SECOND = 50;
/** Fuel: some seconds when eight run. */
const CEILING = 1_000_000_000;
/** Milliseconds. */
const TARGETS = { p99: 10, pauseAbove: 25 };
const WARM_MS = 500;

interface Ran {
  readonly loop: string;
  readonly answers: Answer[];
}

/** Calls a loop again and again until it is cancelled. */
async function keepRunning(place: Place, loop: string, isolate: string, signal: AbortSignal): Promise<Ran> {
  const answers: Answer[] = [];
  for (;;) {
    const answer = await place.call(loop, isolate, CEILING);
    answers.push(answer);
    const ended = answer.reason === "FuelExhausted" && answer.fuel === CEILING;
    if (answer.reason === "Cancelled" || (ended && signal.aborted)) return { loop, answers };
    if (!ended) throw new Error(`${loop}: ${JSON.stringify(answer)}`);
  }
}

/** Cancels until all have ended: one may just have been called again. */
async function cancel(place: Place, running: Promise<Ran[]>): Promise<Ran[]> {
  let ended = false;
  const noted = running.finally(() => (ended = true));
  while (!ended) {
    await place.cancel();
    await Promise.race([noted, new Promise((resolve) => setTimeout(resolve, 200))]);
  }
  return noted;
}

async function beside(
  place: Place,
  loops: readonly (readonly [loop: string, isolate: string])[],
  ms: number,
): Promise<{ echoes: Echoes; ran: Ran[] }> {
  const stopping = new AbortController();
  const running = Promise.all(loops.map(([loop, isolate]) => keepRunning(place, loop, isolate, stopping.signal)));
  // Until all have begun, their code is optimised and their slices have found their length.
  const echoes = await Promise.race([warmed(place, ms), running.then(() => Promise.reject(new Error("ended early")))]);
  stopping.abort();
  return { echoes, ran: await cancel(place, running) };
}

async function warmed(place: Place, ms: number): Promise<Echoes> {
  await echo(echoOf(place.url), PER_SECOND, WARM_MS);
  return echo(echoOf(place.url), PER_SECOND, ms);
}

function showLoops(ran: readonly Ran[]): void {
  console.log("\nloop        ended  slices   mean ms  longest    last  after cancel   fuel/ms");
  for (const { loop, answers } of ran) {
    const sum = (of: (answer: Answer) => number): number => answers.reduce((total, each) => total + of(each), 0);
    const slices = sum((each) => each.slices);
    const longest = Math.max(...answers.map((each) => each.longest));
    // Of the calls that reached their ceiling.
    const last = Math.max(0, ...answers.filter((each) => each.afterCancel === null).map((each) => each.last));
    const times = [sum((each) => each.ran) / slices, longest, last, answers.at(-1)?.afterCancel ?? Number.NaN];
    const cells = times.map((ms, i) => ms.toFixed(2).padStart(i === 3 ? 14 : 9)).join("");
    const rate = (sum((each) => each.fuel) / sum((each) => each.ran)).toFixed(0).padStart(10);
    console.log(`${loop.padEnd(12)}${String(answers.length).padStart(5)}${String(slices).padStart(8)}${cells}${rate}`);
  }
}

/** @param args `--seconds` of each run (default 20), `--loops` names */
export async function run(args: string[]): Promise<void> {
  const options = readOptions(args, ["seconds", "loops"], []);
  const ms = options.number("seconds", 20) * 1000;
  const place = await startPlace();
  try {
    const loops = options.list("loops", place.loops);
    await echo(echoOf(place.url), PER_SECOND, WARM_MS);
    console.log("echo, ms                      p50      p99  longest  answers   taken");
    const alone = await echo(echoOf(place.url), PER_SECOND, ms);
    console.log(echoesLine("alone", alone));
    const apart = await beside(
      place,
      loops.map((loop) => [loop, loop]),
      ms,
    );
    console.log(echoesLine(`beside ${loops.length} loops`, apart.echoes));
    console.log(verdict(alone, apart.echoes, TARGETS));
    showLoops(apart.ran);
    const first = loops.includes("empty") ? "empty" : (loops[0] ?? "");
    const together = await beside(
      place,
      loops.map(() => [first, "together"]),
      ms,
    );
    console.log("");
    console.log(echoesLine(`${loops.length} in one isolate`, together.echoes));
    console.log(verdict(alone, together.echoes, TARGETS));
    showLoops(together.ran);
  } finally {
    await place.stop();
  }
}
