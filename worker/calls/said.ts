// What the algorithms of a tree logged, as it is kept for who called them: of algorithms that are the caller's own, or its
// organisations', and of no others. A log may hold what the caller sent, which an author is not shown; and it may hold what
// the author means for nobody else, which the caller is not shown. Pure.
import { LIMITS } from "../limits.ts";
import type { Grant } from "../market/access/grant.ts";
import type { KeptLog } from "../objects/kept/object.ts";
import type { Log } from "../sandbox/protocol.ts";
import type { Invocation } from "./invocation.ts";
import { isMember } from "./member.ts";

type Line = Log["lines"][number];

/** Bytes a line takes as it is kept. */
const sizeOf = (line: Line): number => Buffer.byteLength(JSON.stringify(line)) + 1;

/** The first lines that have `room` bytes together; the text of the others is dropped. */
function cut({ lines, dropped }: Log, room: number): Log & { readonly bytes: number } {
  let bytes = 0;
  for (const [at, line] of lines.entries()) {
    const size = sizeOf(line);
    if (bytes + size > room) {
      const rest = lines.slice(at).reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
      return { lines: lines.slice(0, at), dropped: dropped + rest, bytes };
    }
    bytes += size;
  }
  return { lines, dropped, bytes };
}

/** Logs in the order their invocations began, LIMITS.keptLogBytes together. Of one that knows secrets nothing is kept. */
export function keptLogs(
  invocations: readonly Pick<Invocation, "id" | "release" | "log" | "knowsSecrets">[],
  grant: Pick<Grant, "account" | "organisations">,
): readonly KeptLog[] {
  let room = LIMITS.keptLogBytes;
  const kept: KeptLog[] = [];
  for (const { id, release, log, knowsSecrets } of invocations) {
    const { algorithm, version } = release;
    const [owner = ""] = algorithm.split("/");
    if (log.lines.length === 0 || knowsSecrets || !isMember(grant, owner)) continue;
    const { lines, dropped, bytes } = cut(log, room);
    room -= bytes;
    kept.push({ node: id, algorithm, version, lines, dropped });
  }
  return kept;
}
