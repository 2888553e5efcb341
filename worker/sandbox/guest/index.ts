// The guest: all JavaScript that runs inside a sandbox. It makes one instance per call (machine.ts)
// and keeps nothing between calls.
import { RpcTarget, WorkerEntrypoint } from "cloudflare:workers";
import module from "./module.wasm";
import type { GuestBatch, GuestBatchReport, GuestCall, GuestHost, GuestReport } from "../protocol.ts";
import { free } from "../../market/bytes.ts";
import { runBatch } from "./batch.ts";
import { runModule } from "./machine.ts";

/** Calls of one tree, one after the other over one connection. */
class Session extends RpcTarget {
  run(call: GuestCall, host: GuestHost | null): Promise<GuestReport> {
    return runModule(module, call, host, false);
  }
}

export default class Guest extends WorkerEntrypoint {
  /** Runs the algorithm once. */
  run(call: GuestCall, host: GuestHost | null): Promise<GuestReport> {
    return runModule(module, call, host, false);
  }

  session(): Session {
    return new Session();
  }

  /** Runs it on many inputs. Their memory is given back at once: the next batch takes it. */
  batch(batch: GuestBatch, host: GuestHost | null): Promise<GuestBatchReport> {
    return runBatch(module, batch, host).finally(() => free(batch.inputs));
  }

  /** Instantiates and runs the start function only: what publishing tries. */
  prove(call: GuestCall): Promise<GuestReport> {
    return runModule(module, call, null, true);
  }
}
