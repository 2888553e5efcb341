// A fresh invocation of our own worker that opens one sandbox for a tree which has as many open as one invocation may (the
// platform: 4 at once). The tree itself, its money and its record stay where the call came in; here a module only runs.
import { WorkerEntrypoint } from "cloudflare:workers";
import type { Env } from "../env.ts";
import { type Result, err } from "../market/result.ts";
import { codeOf } from "../objects/blobs/code.ts";
import type { GuestHost, GuestReport } from "../sandbox/protocol.ts";
import { type RunError, type RunRequest, runOnce } from "../sandbox/run.ts";
import { tailOf } from "../tail.ts";

export type HopRequest = Omit<RunRequest, "code" | "host" | "tail" | "sessions">;

export class Hop extends WorkerEntrypoint<Env> {
  /** @param host the capability of the tree's invocation, handed on to the sandbox */
  async run(request: HopRequest, host: GuestHost): Promise<Result<GuestReport, RunError>> {
    const { sha256 } = request.release.metered;
    const code = await codeOf(this.env, sha256);
    if (code === null) return err("busy");
    return runOnce(this.env, { ...request, code, host, tail: tailOf(this.ctx, this.env, sha256) });
  }
}
