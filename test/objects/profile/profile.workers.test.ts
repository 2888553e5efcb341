// Profiles by simulated calls: 10,000 honest ones raise no flag, a version that mines is flagged within 100, and operators
// hear of it. The calls are modelled on bytes/gunzip as measured: fuel for each byte in and out, by what the stream holds.
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import { TABLE_REGISTER } from "../../../kv-schema/index.ts";
import { LIMITS } from "../../../worker/limits.ts";
import type { Sample } from "../../../worker/market/profile/sample.ts";
import { profileOf } from "../../../worker/objects/profile/observe.ts";
import { watchOf } from "../../../worker/objects/watch/object.ts";
import { env } from "../../support/inside.ts";
import { randomFrom } from "../../support/random.ts";

const random = randomFrom(20_261_121);
const between = (least: number, most: number): number => least * (most / least) ** random();

/** One honest call: from stored blocks (ratio 1) to zeros (ratio 1,000), inputs from 20 bytes to 1 MiB. */
function honest(build: string, call: number): Sample {
  const inputBytes = Math.round(between(20, 1_048_576));
  const ratio = random() < 0.05 ? between(100, 1_000) : between(1, 12);
  const outputBytes = Math.min(15 * 2 ** 20, Math.round(inputBytes * ratio));
  const fuel = Math.round(20_000 + inputBytes * between(60, 160) + outputBytes * between(4, 14));
  const figures = {
    cut: false,
    inputBytes,
    outputBytes,
    fuel,
    pages: 256,
    duration: Math.round(fuel / 1e6),
    nested: 0,
  };
  return {
    call: `req-${call}`,
    algorithm: "bytes/gunzip",
    version: "1.0.0",
    build,
    completed: true,
    callees: [],
    ...figures,
  };
}

const mining = (build: string, call: number): Sample => {
  const sample = honest(build, call);
  return { ...sample, version: "1.0.1", fuel: sample.fuel + 300_000_000 };
};

const many = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));

test("10,000 honest calls raise no flag; a mining version is flagged within 100, also the one call in fifty that mines", async () => {
  const profile = profileOf(env, "bytes/gunzip");
  for (let batch = 0; batch < 100; batch++) await profile.observe(many(100, (i) => honest("one", batch * 100 + i)));
  expect(await profile.flags("bytes/gunzip")).toEqual([]);

  await profile.observe(
    many(100, (i) => (i % 50 === 0 ? mining("rare", i) : { ...honest("rare", i), version: "1.0.2" })),
  );
  const rare = await profile.flags("bytes/gunzip");
  expect(rare.reduce((sum, { calls }) => sum + calls, 0)).toBe(2);

  for (let call = 0; call < 100; call++) await profile.observe([mining("two", call)]);
  const flags = (await profile.flags("bytes/gunzip")).filter(({ build }) => build === "two");
  const flagged = flags.filter(({ kind }) => kind === "call").reduce((sum, { calls }) => sum + calls, 0);
  expect(flagged).toBeGreaterThan(60);
  for (const { fuel, expected } of flags.filter(({ kind }) => kind === "call")) expect(fuel).toBeGreaterThan(expected);

  await runInDurableObject(profile, (_, state) => state.storage.sql.exec("UPDATE agenda SET due = 0"));
  await runDurableObjectAlarm(profile);
  const watched = await watchOf(env).flags(Number.MAX_SAFE_INTEGER, 100);
  expect(new Set(watched.map(({ build }) => build))).toEqual(new Set(["rare", "two"]));
  expect(watched.every(({ algorithm }) => algorithm === "bytes/gunzip")).toBe(true);
});

test("a version that mines a little in every call is flagged as a whole", async () => {
  const profile = profileOf(env, "bytes/little");
  const alike = (build: string, i: number): Sample => ({ ...honest(build, i), inputBytes: 5_000, outputBytes: 20_000 });
  const used = (sample: Sample, factor: number): Sample => ({
    ...sample,
    fuel: Math.round(between(400_000, 900_000) * factor),
  });
  await profile.observe(many(200, (i) => used(alike("one", i), 1)));
  await profile.observe(many(100, (i) => used(alike("two", i), 1.7)));
  const flags = await profile.flags("bytes/little");
  expect(flags.map(({ kind, build }) => `${kind} ${build}`)).toEqual(["version two"]);
});

test("an honest new version of the same cost raises no flag", async () => {
  const profile = profileOf(env, "bytes/honest");
  for (let batch = 0; batch < 20; batch++) await profile.observe(many(100, (i) => honest("one", batch * 100 + i)));
  for (let batch = 0; batch < 20; batch++) await profile.observe(many(100, (i) => honest("two", batch * 100 + i)));
  expect(await profile.flags("bytes/honest")).toEqual([]);
});

test("flags older than LIMITS.flagMs are swept", async () => {
  const watch = watchOf(env);
  const flag = {
    algorithm: "a/b",
    build: "b",
    version: "1.0.0",
    kind: "call",
    size: 1,
    calls: 1,
    call: "req",
    fuel: 2,
    expected: 1,
  };
  const now = Date.now();
  await watch.report([{ ...flag, first: 0, last: now - LIMITS.flagMs - 1 }]);
  await watch.report([{ ...flag, build: "c", first: 0, last: now - LIMITS.flagMs + 60_000 }]);
  await runInDurableObject(watch, (_, state) => state.storage.sql.exec("UPDATE agenda SET due = 0"));
  await runDurableObjectAlarm(watch);
  const left = (await watch.flags(Number.MAX_SAFE_INTEGER, 100)).filter(({ algorithm }) => algorithm === "a/b");
  expect(left.map(({ build }) => build)).toEqual(["c"]);
});

test("what the objects store is in the register", async () => {
  for (const [name, stub] of [
    ["Profile", profileOf(env, "bytes/gunzip")],
    ["Watch", watchOf(env)],
  ] as const) {
    const tables = await runInDurableObject(stub as DurableObjectStub, (_, state) =>
      state.storage.sql.exec<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'").toArray(),
    );
    const ours = tables
      .map((row) => row.name)
      .filter((table) => !table.startsWith("_cf_") && !table.startsWith("sqlite_"));
    expect(ours.sort()).toEqual(TABLE_REGISTER[name]?.map((entry) => entry.name).sort());
  }
});
