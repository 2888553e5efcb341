// The tail: what Cloudflare measured of a call is kept beside our fuel, per module. (Local workerd always measures 0, so the
// events here are made; that sandboxes with a tail run is shown by test/end-to-end/tail.)
import { createExecutionContext } from "cloudflare:test";
import { expect, test } from "vitest";
import { FUEL_LOG } from "../../worker/sandbox/protocol.ts";
import { Tail, fuelsOf } from "../../worker/tail.ts";
import { signUp } from "../support/accounts.ts";
import { type Client, bootstrap } from "../support/client.ts";
import { env, fetchInside } from "../support/inside.ts";
import { testModule } from "../support/modules.ts";

const item = (cpuTime: number, logs: readonly unknown[][]): TraceItem =>
  ({ cpuTime, logs: logs.map((message) => ({ message })) }) as unknown as TraceItem;

test("the fuel is read from the guest's line and from nothing else", () => {
  expect(fuelsOf(item(1, [["hello"], [FUEL_LOG, 123]]))).toEqual([123]);
  expect(fuelsOf(item(1, [[FUEL_LOG, "123"], []]))).toEqual([]);
  expect(fuelsOf(item(1, []))).toEqual([]);
  expect(fuelsOf(item(1, [[FUEL_LOG, 1], ["between"], [FUEL_LOG, 2]]))).toEqual([1, 2]);
});

test("processor time and fuel add up beside the module's bytes; a measured 0 is not kept", async () => {
  const sha256 = "cd".repeat(32);
  const blob = env.BLOB.get(env.BLOB.idFromName(sha256));
  await blob.put(sha256, new Uint8Array(10), "ada/measured@1.0.0", false);
  const ctx = Object.assign(createExecutionContext(), { props: { sha256 } });
  const tail = new Tail(ctx, env);
  await tail.tail([item(3, [[FUEL_LOG, 1_000]]), item(2, [[FUEL_LOG, 500]])]);
  await tail.tail([item(0, [[FUEL_LOG, 999]])]);
  await tail.tail([
    item(5, [
      [FUEL_LOG, 2_000],
      [FUEL_LOG, 3_000],
    ]),
  ]);
  expect(await blob.processorTime()).toEqual({ calls: 4, cpu_ms: 10, fuel: 6_500 });
});

test("what was measured is shown with a build's profile, to its owner and to operators alone", async () => {
  const ada = await bootstrap(fetchInside, "ada");
  const [bob, eve] = [await signUp(fetchInside, env, "bob"), await signUp(fetchInside, env, "eve")];
  for (const name of ["measured", "unmeasured"]) {
    await bob.publish("bob", { name, memory: name === "measured" ? 17 : 18 }, testModule("echo"));
    await bob.call(`bob/${name}`, new Uint8Array(1));
  }
  const release = (await env.ALGORITHM.get(env.ALGORITHM.idFromName("bob/measured")).release("1.0.0")) ?? "";
  const { sha256 } = (JSON.parse(release) as { metered: { sha256: string } }).metered;
  const ctx = Object.assign(createExecutionContext(), { props: { sha256 } });
  await new Tail(ctx, env).tail([item(3, [[FUEL_LOG, 2_000_000]])]);
  const shown = async (client: Client, name: string): Promise<unknown> => {
    const answer = await client.get(`/v1/algorithms/bob/${name}/profile`);
    if (answer.status !== 200) return answer.status;
    return (await answer.json<{ builds: { cpu_ms_per_1e9_fuel: number | null }[] }>()).builds[0]?.cpu_ms_per_1e9_fuel;
  };
  await expect.poll(() => shown(bob, "measured"), { timeout: 10_000 }).toBe(1_500);
  await expect.poll(() => shown(bob, "unmeasured"), { timeout: 10_000 }).toBeNull();
  expect([await shown(ada, "measured"), await shown(eve, "measured"), await shown(ada, "none")]).toEqual([
    1_500,
    404,
    undefined,
  ]);
});
