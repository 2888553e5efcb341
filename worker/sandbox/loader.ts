// Loads a build as a Dynamic Worker. Its id is a hash of everything that runs in it, so equal ids always mean equal code;
// the bytes are at hand before the loader is asked, because a callback that fails would poison the id for good.
import GUEST from "../../build/guest.txt";
import { sha256OfParts } from "../market/hash.ts";
import type { Manifest } from "../market/manifest.ts";
import type { Metered } from "../market/release.ts";
import { COMPATIBILITY_DATE, COMPATIBILITY_FLAGS } from "./compatibility.ts";
import { Making } from "./making.ts";
import type { GuestBatch, GuestBatchReport, GuestCall, GuestHost, GuestReport } from "./protocol.ts";

const PARENT = "orcade";

const making = new Making();

/** A connection to a sandbox, for one call or batch after the other; until it is disposed of. */
export interface Runner extends Disposable {
  /** null: it was let in on trust, and there was no room. */
  run(call: GuestCall, host: GuestHost | null): Promise<GuestReport | null>;
  batch(batch: GuestBatch, host: GuestHost | null): Promise<GuestBatchReport>;
}

/** The guest's RPC face. */
export interface GuestStub {
  /** A promise of one can be used like itself: what is called goes along with what asks for it. */
  session(): Runner;
  /** @see Runner */
  run: Runner["run"];
  batch: Runner["batch"];
  prove(call: GuestCall): Promise<GuestReport>;
}

/** What a sandbox is made of, but for the code itself: a release has it. */
export interface Build {
  readonly metered: Metered;
  readonly manifest: Pick<Manifest, "abi">;
}

const ids = new Map<string, string>();
const IDS_KEPT = 10_000;

/** 64 hex digits over parent, guest, compatibility, ABI and metered module. Nothing about the caller. */
export async function sandboxId(release: Build): Promise<string> {
  const { sha256 } = release.metered;
  const known = ids.get(`${release.manifest.abi} ${sha256}`);
  if (known !== undefined) return known;
  const flags = COMPATIBILITY_FLAGS.join(",");
  const id = await sha256OfParts([PARENT, GUEST, COMPATIBILITY_DATE, flags, release.manifest.abi, sha256]);
  if (ids.size >= IDS_KEPT) ids.clear();
  ids.set(`${release.manifest.abi} ${sha256}`, id);
  return id;
}

/** The second belt in production; the first is fuel. One call may burn at most 200 s and fetches nothing. */
const PLATFORM_LIMITS = { cpuMs: 300_000, subRequests: 10_000 };

/**
 * @param code bytes of the metered module, already checked against its hash
 * @param replica 0, 1, ...: further isolates of the same build
 * @param tail listens to the isolate's events (production); must be the same for every load of an id
 */
export async function loadSandbox(
  env: { readonly LOADER: WorkerLoader },
  release: Build,
  code: Uint8Array,
  replica: number,
  tail: Fetcher | null,
): Promise<GuestStub> {
  const id = await sandboxId(release);
  const name = replica === 0 ? id : `${id}-${replica}`;
  await making.turn(name);
  const worker = env.LOADER.get(name, () => ({
    compatibilityDate: COMPATIBILITY_DATE,
    compatibilityFlags: [...COMPATIBILITY_FLAGS],
    mainModule: "guest.js",
    modules: { "guest.js": GUEST, "module.wasm": { wasm: code.slice().buffer } },
    env: {},
    globalOutbound: null,
    limits: PLATFORM_LIMITS,
    ...(tail === null ? {} : { tails: [tail] }),
  }));
  return worker.getEntrypoint() as unknown as GuestStub;
}
