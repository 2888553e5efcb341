// Brings an archive to a server, record by record in the archive's order. Each step can be sent again: what is there already is
// found to be, so that an import that was cut off is run again to the same end.
import { createHash } from "node:crypto";
import type { RecordOf } from "../../worker/market/import/records.ts";
import { apiPath, json, jsonBytes, open } from "../data/remote.ts";
import { CliFailure, EXIT, messageOf } from "../failure.ts";
import { accepted, sendJson, sendSigned, type Reply } from "../http.ts";
import { asString } from "../json.ts";
import { multipart } from "../multipart.ts";
import type { Settings } from "../settings.ts";
import { type ArchiveLine, readArchive } from "./archive.ts";
import type { Checked, Counts, Kind } from "./check.ts";

export interface Applied {
  /** Of each kind: how many were made now. The others were there. */
  readonly made: Counts;
}

/** Records of one kind that are sent at once. Versions are proved one by one: each takes a processor. */
const AT_ONCE: Readonly<Record<Kind, number>> = {
  user: 8,
  organization: 1,
  key: 8,
  collection: 8,
  algorithm: 4,
  version: 1,
  file: 1,
};
/** A server that was killed comes back within seconds. */
const TRIES = 6;
const WAIT_MS = 500;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

class Importer {
  readonly #settings: Settings;
  readonly #versioned: ReadonlySet<string>;
  readonly #dry: boolean;
  /** The upload that the pieces of a long file go to. */
  #upload: { readonly path: string; number: number } | null = null;

  constructor(settings: Settings, versioned: ReadonlySet<string>, dry: boolean) {
    this.#settings = settings;
    this.#versioned = versioned;
    this.#dry = dry;
  }

  /** @returns whether it was made now */
  send({ record }: ArchiveLine): Promise<boolean> {
    switch (record.record) {
      case "archive":
        return Promise.resolve(false);
      case "user":
      case "organization":
        return this.#post("accounts", record);
      case "key":
        return this.#key(record);
      case "collection":
        return this.#dry ? this.#missing(record) : this.#collection(record);
      case "algorithm":
        return this.#algorithm(record);
      case "version":
        return this.#dry ? Promise.resolve(true) : this.#version(record);
      case "file":
        return this.#dry ? Promise.resolve(record.offset === 0) : this.#file(record);
    }
  }

  async #post(what: string, body: object): Promise<boolean> {
    const answer = await sendJson(this.#settings, "POST", `/v1/admin/import/${what}`, { ...body, dry_run: this.#dry });
    return answer["new"] === true;
  }

  #key({ account, key, sha256, label, scopes }: RecordOf<"key">): Promise<boolean> {
    const hash =
      sha256 ??
      createHash("sha256")
        .update(key ?? "")
        .digest("hex");
    return this.#post("keys", { account, sha256: hash, label, scopes });
  }

  #algorithm({ record: _kind, ...wish }: RecordOf<"algorithm">): Promise<boolean> {
    const template = !this.#versioned.has(`${wish.owner}/${wish.name}`.toLowerCase());
    return this.#post("algorithms", { ...wish, template });
  }

  #as(owner: string): Record<string, string> {
    return { "x-orcade-for": owner };
  }

  async #missing({ owner, name }: RecordOf<"collection">): Promise<boolean> {
    const path = apiPath({ owner, collection: name, file: undefined });
    const reply = await sendSigned(this.#settings, { method: "GET", path });
    return reply.status === 404;
  }

  async #collection({ owner, name, read }: RecordOf<"collection">): Promise<boolean> {
    const headers = { ...this.#as(owner), "content-type": "application/json" };
    const parent = apiPath({ owner, collection: undefined, file: undefined });
    const body = jsonBytes({ name, acl: { read } });
    const reply = await sendSigned(this.#settings, { method: "POST", path: parent, headers, body });
    if (reply.status !== 409) accepted(reply);
    const path = apiPath({ owner, collection: name, file: undefined });
    const set = await sendSigned(this.#settings, {
      method: "PATCH",
      path,
      headers,
      body: jsonBytes({ acl: { read } }),
    });
    if (set.status !== 200) accepted(set);
    return reply.status !== 409;
  }

  async #version({ owner, manifest, module, readme, notes }: RecordOf<"version">): Promise<boolean> {
    const { body, type } = multipart([
      { name: "manifest", value: JSON.stringify(manifest) },
      { name: "module", value: new Uint8Array(Buffer.from(module, "base64")) },
      { name: "readme", value: readme },
      { name: "notes", value: notes },
    ]);
    const path = `/v1/algorithms/${owner}/${manifest.name}/versions/${manifest.version}`;
    const headers = { ...this.#as(owner), "content-type": type };
    const reply: Reply = await sendSigned(this.#settings, { method: "PUT", path, body, headers, seconds: 120 });
    accepted(reply);
    return reply.status === 201;
  }

  async #file(record: RecordOf<"file">): Promise<boolean> {
    const { owner, collection, name, size, md5, offset } = record;
    const place = { owner, collection, file: name };
    const data = new Uint8Array(Buffer.from(record.data, "base64"));
    if (offset === 0 && (await this.#has(place, md5))) {
      this.#upload = null;
      return false;
    }
    if (offset === 0 && data.length === size) {
      const sum = Buffer.from(md5, "hex").toString("base64");
      const headers = { ...this.#as(owner), "content-md5": sum };
      await json(this.#settings, { method: "PUT", path: apiPath(place), headers, body: data });
      return true;
    }
    return this.#piece(record, data);
  }

  async #has(place: { owner: string; collection: string; file: string }, md5: string): Promise<boolean> {
    const answer = await open(this.#settings, { method: "HEAD", path: apiPath(place), headers: this.#as(place.owner) });
    answer.resume();
    return answer.statusCode === 200 && answer.headers.etag === `"${md5}"`;
  }

  /** One piece of a long file. Pieces of a file that is there already come here, too: there is no upload for them. */
  async #piece({ owner, collection, name, size, md5, offset }: RecordOf<"file">, data: Uint8Array): Promise<boolean> {
    const headers = this.#as(owner);
    if (offset === 0) {
      const body = jsonBytes({ path: `data://${owner}/${collection}/${name}`, size });
      const begun = await json(this.#settings, { method: "POST", path: "/v1/uploads", headers, body });
      this.#upload = { path: asString(begun["upload"]) ?? "", number: 0 };
    }
    const upload = this.#upload;
    if (upload === null) return false;
    await json(this.#settings, { method: "PUT", path: `${upload.path}/${upload.number}`, headers, body: data });
    upload.number++;
    if (offset + data.length < size) return offset === 0;
    await json(this.#settings, {
      method: "POST",
      path: `${upload.path}/complete`,
      headers,
      body: jsonBytes({ size, md5 }),
    });
    this.#upload = null;
    return false;
  }
}

/** Whether sending it again may help: the server was not there, or busy. */
const passes = (error: unknown): boolean =>
  error instanceof CliFailure &&
  (error.exit === EXIT.unreachable || ["busy", "internal", "rate-limited"].includes(error.code));

async function persistently(work: () => Promise<boolean>): Promise<boolean> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt === TRIES || !passes(error)) throw error;
      await pause(WAIT_MS * 2 ** (attempt - 1));
    }
  }
}

/** Says which record it was. */
function at({ line, record }: ArchiveLine, error: unknown, dry: boolean): CliFailure {
  const known = error instanceof CliFailure ? error : null;
  const message = `line ${line} (${record.record}): ${messageOf(error)}`;
  const hint = dry
    ? "Nothing was changed. Mend the cause and run the same command again."
    : "What came before it is there. Mend the cause and run the same command again: it goes on.";
  return new CliFailure(known?.exit ?? EXIT.failed, known?.code ?? "unexpected", message, hint);
}

/** @param dry asks what would be made, and makes nothing */
export async function applyArchive(
  settings: Settings,
  path: string,
  { versioned }: Checked,
  dry: boolean,
): Promise<Applied> {
  const made: Counts = { user: 0, organization: 0, key: 0, collection: 0, algorithm: 0, version: 0, file: 0 };
  const importer = new Importer(settings, versioned, dry);
  const running = new Set<Promise<void>>();
  let failure: CliFailure | null = null;
  let kind = "archive";
  const bring = async (each: ArchiveLine, of: Kind): Promise<void> => {
    try {
      if (await persistently(() => importer.send(each))) made[of]++;
    } catch (error) {
      failure ??= at(each, error, dry);
    }
  };
  const start = (each: ArchiveLine, of: Kind): void => {
    const done = bring(each, of).finally(() => running.delete(done));
    running.add(done);
  };
  for await (const each of readArchive(path)) {
    if ("message" in each || each.record.record === "archive") continue;
    const of = each.record.record;
    if (of !== kind) await Promise.all(running);
    kind = of;
    while (running.size >= AT_ONCE[of]) await Promise.race(running);
    if (failure !== null) break;
    start(each, of);
  }
  await Promise.all(running);
  if (failure !== null) throw failure as CliFailure;
  return { made };
}
