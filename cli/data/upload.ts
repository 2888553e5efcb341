// Sending files: short ones in one request, long ones in parts, several side by side; an upload that was interrupted goes on
// where it was. What arrived is compared by MD5.
import { createHash } from "node:crypto";
import { createReadStream, existsSync, mkdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Readable, Transform } from "node:stream";
import { CliFailure, EXIT } from "../failure.ts";
import { writePrivate } from "../home.ts";
import type { Io } from "../io.ts";
import { asNumber, asObject, asString } from "../json.ts";
import { configPath, type Settings } from "../settings.ts";
import type { Meter } from "./meter.ts";
import { accepted, apiPath, bodyOf, json, jsonBytes, open, shown, type RemotePath } from "./remote.ts";

/** Bytes above which a file is sent in parts. */
const IN_PARTS = 64 * 1024 * 1024;
const SIDE_BY_SIDE = 4;
const TRIES = 4;

interface Part {
  readonly number: number;
  readonly start: number;
  readonly length: number;
}

/** Counts and hashes what passes. */
function watched(source: Readable, meter: Meter): { readonly stream: Transform; readonly md5: () => string } {
  const hash = createHash("md5");
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      meter.add(chunk.length);
      done(null, chunk);
    },
  });
  source.on("error", (error) => stream.destroy(error));
  source.pipe(stream);
  return { stream, md5: () => hash.digest("hex") };
}

const differs = (what: string): CliFailure =>
  new CliFailure(
    EXIT.failed,
    "checksum-mismatch",
    `${what} arrived with other bytes than were read.`,
    "Did the file change meanwhile? Send it again.",
  );

async function sendWhole(
  settings: Settings,
  local: string,
  length: number,
  remote: RemotePath,
  meter: Meter,
): Promise<void> {
  const { stream, md5 } = watched(createReadStream(local), meter);
  const answer = await accepted(
    await open(settings, { method: "PUT", path: apiPath(remote), body: { stream, length } }),
  );
  await bodyOf(answer);
  if (answer.headers.etag !== `"${md5()}"`) throw differs(shown(remote));
}

interface Session {
  /** Path of the upload on the server. */
  readonly upload: string;
  readonly partBytes: number;
  /** Parts that are there: bytes by number. */
  readonly there: ReadonlyMap<number, number>;
}

function sessionOf(document: Readonly<Record<string, unknown>>): Session {
  const parts = Array.isArray(document["parts"]) ? document["parts"] : [];
  const there = parts.map((entry): [number, number] => {
    const part = asObject(entry);
    return [asNumber(part?.["number"]) ?? -1, asNumber(part?.["bytes"]) ?? -1];
  });
  return {
    upload: asString(document["upload"]) ?? "",
    partBytes: asNumber(document["part_bytes"]) ?? IN_PARTS,
    there: new Map(there),
  };
}

/** Where it is kept which upload of this very file to this very place is under way. */
function noteOf(io: Io, settings: Settings, local: string, remote: RemotePath): string {
  const { size, mtimeMs } = statSync(local);
  const name = createHash("sha256").update(JSON.stringify([settings.address, local, size, mtimeMs, shown(remote)]));
  return join(dirname(configPath(io)), "uploads", `${name.digest("hex").slice(0, 32)}.json`);
}

async function resumed(settings: Settings, note: string): Promise<Session | undefined> {
  if (!existsSync(note)) return undefined;
  const upload = asString(asObject(JSON.parse(readFileSync(note, "utf8")))?.["upload"]);
  if (upload === undefined) return undefined;
  const answer = await open(settings, { method: "GET", path: upload });
  if (answer.statusCode === 404) {
    await bodyOf(answer);
    return undefined;
  }
  const document = asObject(JSON.parse(new TextDecoder().decode(await bodyOf(await accepted(answer)))));
  return sessionOf(document ?? {});
}

async function begun(settings: Settings, length: number, remote: RemotePath): Promise<Session> {
  const body = jsonBytes({ path: shown(remote), size: length });
  return sessionOf(await json(settings, { method: "POST", path: "/v1/uploads", body }));
}

async function sendPart(settings: Settings, local: string, upload: string, part: Part, meter: Meter): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const end = part.start + part.length - 1;
    const { stream, md5 } = watched(createReadStream(local, { start: part.start, end }), meter);
    try {
      const body = { stream, length: part.length };
      const answer = await json(settings, { method: "PUT", path: `${upload}/${part.number}`, body });
      if (answer["md5"] === md5()) return;
      throw differs(`Part ${part.number}`);
    } catch (error) {
      stream.destroy();
      const lost = error instanceof CliFailure && error.exit === EXIT.unreachable;
      if (!lost || attempt === TRIES) throw error;
      meter.skip(-part.length);
      await new Promise((resolve) => setTimeout(resolve, 500 * 2 ** attempt));
    }
  }
}

function partsOf(length: number, partBytes: number): readonly Part[] {
  const parts: Part[] = [];
  for (let start = 0; start < length; start += partBytes)
    parts.push({ number: parts.length, start, length: Math.min(partBytes, length - start) });
  return parts;
}

/** Runs through a list, several at once; the first failure ends it. */
export async function sideBySide<T>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = [...items];
  let failed = false;
  const worker = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined && !failed; item = queue.shift()) {
      try {
        await work(item);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
}

async function sendParts(
  io: Io,
  settings: Settings,
  local: string,
  length: number,
  remote: RemotePath,
  meter: Meter,
): Promise<void> {
  const note = noteOf(io, settings, local, remote);
  const session = (await resumed(settings, note)) ?? (await begun(settings, length, remote));
  mkdirSync(dirname(note), { recursive: true });
  writePrivate(note, JSON.stringify({ upload: session.upload }));
  const missing = partsOf(length, session.partBytes).filter((part) => {
    const there = session.there.get(part.number) === part.length;
    if (there) meter.skip(part.length);
    return !there;
  });
  await sideBySide(missing, SIDE_BY_SIDE, (part) => sendPart(settings, local, session.upload, part, meter));
  await json(settings, { method: "POST", path: `${session.upload}/complete`, body: jsonBytes({ size: length }) });
  rmSync(note, { force: true });
}

/** Sends one file. @param local its absolute path */
export async function uploadFile(
  io: Io,
  settings: Settings,
  local: string,
  remote: RemotePath,
  meter: Meter,
): Promise<void> {
  const { size } = statSync(local);
  if (size <= IN_PARTS) await sendWhole(settings, local, size, remote, meter);
  else await sendParts(io, settings, local, size, remote, meter);
}
