// The tail worker: after each call in a sandbox, Cloudflare tells it the processor time it measured. It is kept beside our
// fuel, per build, as an audit of the calibration; it is never the meter. (Local workerd always reports 0.)
import { WorkerEntrypoint } from "cloudflare:workers";
import type { Env } from "./env.ts";
import { FUEL_LOG } from "./sandbox/protocol.ts";

interface TailProps {
  /** SHA-256 of the metered module. */
  readonly sha256: string;
}

/** The fuel that the guest logged, a number a call or batch: several where a connection was used again, none when it did not come so far. */
export function fuelsOf(item: TraceItem): readonly number[] {
  return item.logs.flatMap(({ message }) => {
    const [word, fuel] = Array.isArray(message) ? (message as unknown[]) : [];
    return word === FUEL_LOG && typeof fuel === "number" ? [fuel] : [];
  });
}

export class Tail extends WorkerEntrypoint<Env, TailProps> {
  override async tail(items: TraceItem[]): Promise<void> {
    const milliseconds = items.reduce((sum, item) => sum + item.cpuTime, 0);
    if (milliseconds === 0) return;
    const fuels = items.map(fuelsOf);
    const calls = fuels.reduce((sum, { length }) => sum + Math.max(1, length), 0);
    const fuel = fuels.flat().reduce((sum, each) => sum + each, 0);
    const blob = this.env.BLOB.get(this.env.BLOB.idFromName(this.ctx.props.sha256));
    await blob.addProcessorTime(calls, milliseconds, fuel);
  }
}

/** The tail of a build's sandboxes; null where ORCADE_TAIL is not "on". */
export function tailOf(ctx: ExecutionContext | DurableObjectState, env: Env, sha256: string): Fetcher | null {
  if (env.ORCADE_TAIL !== "on") return null;
  const exports = (ctx as unknown as { exports: { Tail(options: { props: TailProps }): Fetcher } }).exports;
  return exports.Tail({ props: { sha256 } });
}
