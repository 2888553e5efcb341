// Fetching files: into a file beside the wanted one, which takes its place when the last byte is there and the MD5 holds. A
// download that was interrupted goes on where it was, if the file on the server is still the same.
import { createHash } from "node:crypto";
import {
  createReadStream,
  createWriteStream,
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import type { IncomingMessage } from "node:http";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { CliFailure, EXIT, messageOf } from "../failure.ts";
import type { Settings } from "../settings.ts";
import type { Meter } from "./meter.ts";
import { accepted, apiPath, open, shown, type RemotePath } from "./remote.ts";

const partial = (local: string): string => `${local}.orcade-part`;
const tagFile = (local: string): string => `${local}.orcade-etag`;

/** How much is here already of what version. */
function begun(local: string): { readonly bytes: number; readonly etag: string } | undefined {
  if (!existsSync(partial(local)) || !existsSync(tagFile(local))) return undefined;
  return { bytes: statSync(partial(local)).size, etag: readFileSync(tagFile(local), "utf8") };
}

async function md5Of(path: string): Promise<string> {
  const hash = createHash("md5");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

const counting = (meter: Meter): Transform =>
  new Transform({
    transform(chunk: Buffer, _encoding, done) {
      meter.add(chunk.length);
      done(null, chunk);
    },
  });

/** The rest of what was begun, or the whole. */
async function request(
  settings: Settings,
  remote: RemotePath,
  local: string,
): Promise<{ answer: IncomingMessage; from: number }> {
  const before = begun(local);
  const path = apiPath(remote);
  if (before !== undefined && before.bytes > 0) {
    const headers = { Range: `bytes=${before.bytes}-`, "If-Range": before.etag };
    const answer = await open(settings, { method: "GET", path, headers });
    if (answer.statusCode === 206) return { answer, from: before.bytes };
    answer.resume();
    rmSync(partial(local));
  }
  return { answer: await accepted(await open(settings, { method: "GET", path })), from: 0 };
}

/** Fetches one file. @param local where to, an absolute path */
export async function downloadFile(settings: Settings, remote: RemotePath, local: string, meter: Meter): Promise<void> {
  const { answer, from } = await request(settings, remote, local);
  const etag = answer.headers.etag ?? "";
  writeFileSync(tagFile(local), etag);
  meter.skip(from);
  try {
    await pipeline(answer, counting(meter), createWriteStream(partial(local), { flags: from === 0 ? "w" : "a" }));
  } catch (error) {
    const message = `The download of ${shown(remote)} broke off: ${messageOf(error)}.`;
    throw new CliFailure(
      EXIT.unreachable,
      "unreachable",
      message,
      "Run the same command again: it goes on where it was.",
    );
  }
  rmSync(tagFile(local), { force: true });
  if (`"${await md5Of(partial(local))}"` !== etag) {
    rmSync(partial(local), { force: true });
    throw new CliFailure(
      EXIT.failed,
      "checksum-mismatch",
      `${shown(remote)} arrived with other bytes than it has.`,
      "Fetch it again.",
    );
  }
  renameSync(partial(local), local);
}
