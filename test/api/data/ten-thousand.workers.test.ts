// A collection of 10,000 files: what asks for all of them at once takes as many as a source may have, and not one more.
import { beforeAll, expect, test } from "vitest";
import { runInDurableObject } from "cloudflare:test";
import { LIMITS } from "../../../worker/limits.ts";
import { collectionOf } from "../../../worker/objects/collection/object.ts";
import { ada, ask, begin, make, put } from "../../support/data.ts";
import { env } from "../../support/inside.ts";
import { testModule } from "../../support/modules.ts";

interface Shown {
  readonly id: string;
  readonly source: { readonly files: number };
}

const bytes = { input: "bytes", output: "bytes" };

/** Fills the collection as the object holds it: as many files, all of one upload. */
const fill = (files: number): Promise<void> =>
  runInDurableObject(collectionOf(env, "ada", "thousands"), (_, { storage }) => {
    storage.sql.exec(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
       INSERT OR IGNORE INTO file SELECT printf('f%05d', i), upload, size, md5, modified FROM n, file WHERE name = 'seed'`,
      files - 1,
    );
    storage.sql.exec("UPDATE collection SET files = (SELECT count(*) FROM file)");
  });

beforeAll(async () => {
  await begin();
  await make("thousands");
  await put(".my/thousands/seed", "a line\n");
  expect((await ada.publish("ada", { name: "same", ...bytes }, testModule("echo"))).status).toBe(201);
});

const job = (source: unknown): Promise<Response> =>
  ada.post("/v1/jobs", { map: "ada/same@1.0.0", source, split: "lines", target: { bytes: 1_000 } });

test("a job takes a pattern of as many files as a source may have, and refuses one more, by name or by pattern", async () => {
  await fill(LIMITS.jobFiles);
  const made = await job("data://ada/thousands/*");
  expect(made.status, await made.clone().text()).toBe(202);
  const { id, source } = await made.json<Shown>();
  expect(source.files).toBe(LIMITS.jobFiles);
  const ended = await ada.fetch(`/v1/jobs/${id}`, {
    method: "DELETE",
    headers: { Authorization: `Simple ${ada.key}` },
  });
  expect(ended.status).toBeLessThan(300);
  await fill(LIMITS.jobFiles + 1);
  for (const more of ["data://ada/thousands/*", ["data://ada/thousands/seed", "data://ada/thousands/f*"]]) {
    const refused = await job(more);
    expect([refused.status, await refused.text()]).toEqual([422, expect.stringContaining("at most 10000 files")]);
  }
  expect((await job("data://ada/thousands/f0*")).status).toBe(202);
}, 60_000);

test("the collection is deleted with all its files at once, and only when it is forced", async () => {
  const had = LIMITS.jobFiles + 1;
  expect((await ask("data/.my/thousands", { method: "DELETE" })).status).toBe(409);
  const deleted = await ask("data/.my/thousands?force=true", { method: "DELETE" });
  expect([deleted.status, await deleted.json()]).toEqual([200, { result: { deleted: had } }]);
  expect((await ask("data/.my/thousands")).status).toBe(404);
  await make("thousands");
  expect(await (await ask("data/.my/thousands")).json()).toMatchObject({ files: [] });
});
