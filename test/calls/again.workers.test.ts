// The same callees again and again in one tree, inside workerd: they share a connection to their sandbox and nothing else.
import { beforeAll, describe, expect, test } from "vitest";
import { LIMITS } from "../../worker/limits.ts";
import { invited } from "../support/accounts.ts";
import { type Client, bootstrap } from "../support/client.ts";
import { fetchInside } from "../support/inside.ts";
import { testModule } from "../support/modules.ts";
import { priced, relay, relayMany, variant } from "./relay.ts";
import { SCRIPTED, type Step, script } from "./script.ts";

let ada: Client;
/** More builds than one invocation may have open. */
const KINDS = LIMITS.openSandboxes + 2;
const each = Array.from({ length: KINDS }, (_, n) => n);

beforeAll(async () => {
  const operator = await bootstrap(fetchInside, "operator");
  ada = await invited(operator, "ada", 10_000_000_000);
  await ada.publish("ada", { name: "many", permissions: ["call"] }, testModule("relay-many"));
  await ada.publish("ada", { name: "script", ...SCRIPTED }, testModule("script"));
  await ada.publish("ada", { name: "relay", permissions: ["call"] }, testModule("relay"));
  for (const n of each) await ada.publish("ada", { name: `leaves-${n}` }, variant(testModule("leaves"), n));
});

const bytesOf = (text: string): number[] => Array.from(text, (character) => character.charCodeAt(0));

describe("a callee that is called again", () => {
  test("is a fresh instance each time", async () => {
    for (const times of [1, 2, 3, 100]) {
      expect(bytesOf((await priced(ada.call("ada/many", relayMany(times, "ada/leaves-0")))).text)).toEqual([1]);
    }
  });

  test("costs the same each time, whatever came before", async () => {
    const costs = [];
    for (const times of [1, 2, 3, 11])
      costs.push((await priced(ada.call("ada/many", relayMany(times, "ada/leaves-0")))).cost);
    const [one = 0, two = 0, three = 0, eleven = 0] = costs;
    // Each is rounded up to a microcredit.
    expect(Math.abs(three - two - (two - one))).toBeLessThanOrEqual(2);
    expect(Math.abs(eleven - one - 10 * (two - one))).toBeLessThanOrEqual(20);
  });

  test("is found as it was after it trapped", async () => {
    const calls = ["", "", "t", "", "t", "t", "", ""].map((input): Step => ["call", "ada/leaves-0", input]);
    const { text, status } = await priced(ada.call("ada/script", script(...calls)));
    expect(status).toBe(200);
    expect(text.replaceAll(/\{[^}]*\}/g, "-").replaceAll("\u0001", "+")).toBe("++-+--++");
  });

  test("is found among more others than may be open at once, at several depths", async () => {
    const steps: Step[] = [];
    for (let round = 0; round < 4; round++) {
      for (const n of each) {
        steps.push(["call", `ada/leaves-${n}`], ["call", "ada/relay", relay(`ada/leaves-${n}`)]);
      }
    }
    const { text } = await priced(ada.call("ada/script", script(...steps)));
    expect(bytesOf(text)).toEqual(steps.map(() => 1));
  });
});
