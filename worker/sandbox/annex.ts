// An annex: a process beside this one with sandboxes of its own. workerd runs all isolates of a process on one thread, so a
// server on a machine with several processors starts annexes (cli/server); Cloudflare spreads sandboxes by itself and has none.
// Only batches of jobs run there, and where there are annexes nowhere else: what is lost with one, the scheduler sends again.
// An annex holds no data and has no way out; what it is given to run is named after its contents, so nobody can put something
// else in its place.
import { WorkerEntrypoint } from "cloudflare:workers";
import { sha256Hex } from "../market/hash.ts";
import { type Build, type Runner, loadSandbox } from "./loader.ts";

/** Bytes of metered modules that an annex remembers, at most but for the last one. */
export const CODE_BYTES = 64 * 1024 * 1024;

/** Metered modules by their hash, those used last at the end. */
const codes = new Map<string, Uint8Array>();

function keep(sha256: string, code: Uint8Array): void {
  codes.delete(sha256);
  codes.set(sha256, code);
  let bytes = [...codes.values()].reduce((sum, { length }) => sum + length, 0);
  for (const [name, { length }] of codes) {
    if (bytes <= CODE_BYTES || name === sha256) return;
    bytes -= length;
    codes.delete(name);
  }
}

/** What one process asks of another. */
export interface AnnexStub {
  /** Brings a build's code. @returns false: it is not what its hash says */
  bring(build: Build, code: Uint8Array): Promise<boolean>;
  /** Answers at once. */
  alive(): Promise<true>;
  /** @returns a connection to a sandbox of the annex, to be disposed of; null: the code is not there (any more) */
  open(build: Build, replica: number): Promise<Runner | null>;
}

export class Annex extends WorkerEntrypoint<{ readonly LOADER: WorkerLoader }> implements AnnexStub {
  override fetch(): Response {
    return new Response("An annex answers its server only.\n", { status: 403 });
  }

  alive(): Promise<true> {
    return Promise.resolve(true);
  }

  async bring({ metered }: Build, code: Uint8Array): Promise<boolean> {
    if ((await sha256Hex(code)) !== metered.sha256) return false;
    keep(metered.sha256, code);
    return true;
  }

  async open(build: Build, replica: number): Promise<Runner | null> {
    const code = codes.get(build.metered.sha256);
    if (code === undefined) return null;
    keep(build.metered.sha256, code);
    const guest = await loadSandbox(this.env, build, code, replica, null);
    // Handed on as it is: what is sent over it passes this worker by.
    return guest.session();
  }
}
