// The guest: all JavaScript that runs inside a sandbox. It makes one instance per call (machine.ts)
// and keeps nothing between calls but how much memory those hold that run.
import { RpcTarget, WorkerEntrypoint } from "cloudflare:workers";
import module from "./module.wasm";
import type { GuestBatch, GuestBatchReport, GuestCall, GuestHost, GuestReport } from "../protocol.ts";
import { free } from "../../market/bytes.ts";
import { runBatch } from "./batch.ts";
import { runModule } from "./machine.ts";
import { Room } from "./room.ts";

const room = new Room();

/** @returns null: there is no room for it, and nothing of it has begun */
async function run(call: GuestCall, host: GuestHost | null): Promise<GuestReport | null> {
  const leave = room.take(call.holds ?? 0, call.deadline, call.trusted === true);
  if (leave === null) return null;
  try {
    return await runModule(module, call, host, false);
  } finally {
    leave();
  }
}

/** Runs it on many inputs. Their memory is given back at once: the next batch takes it. */
async function batch(batch: GuestBatch, host: GuestHost | null): Promise<GuestBatchReport> {
  const leave = room.take(batch.holds, batch.deadline, false);
  try {
    return await runBatch(module, batch, host);
  } finally {
    free(batch.inputs);
    leave?.();
  }
}

/** Calls of one tree, or messages of one batch, one after the other over one connection. */
class Session extends RpcTarget {
  run(call: GuestCall, host: GuestHost | null): Promise<GuestReport | null> {
    return run(call, host);
  }

  batch(tasks: GuestBatch, host: GuestHost | null): Promise<GuestBatchReport> {
    return batch(tasks, host);
  }
}

export default class Guest extends WorkerEntrypoint {
  /** Runs the algorithm once. */
  run(call: GuestCall, host: GuestHost | null): Promise<GuestReport | null> {
    return run(call, host);
  }

  session(): Session {
    return new Session();
  }

  batch(tasks: GuestBatch, host: GuestHost | null): Promise<GuestBatchReport> {
    return batch(tasks, host);
  }

  /** Instantiates and runs the start function only: what publishing tries. */
  prove(call: GuestCall): Promise<GuestReport> {
    return runModule(module, call, null, true);
  }
}
