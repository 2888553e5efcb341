// The bindings of wrangler.toml, typed. The classes are imported as types only: nothing here runs.
import type { Account } from "./objects/account/object.ts";
import type { Algorithm } from "./objects/algorithm/object.ts";
import type { AnnexStub } from "./sandbox/annex.ts";
import type { Errand } from "./errands/object.ts";
import type { Blob } from "./objects/blobs/object.ts";
import type { Card } from "./objects/card/object.ts";
import type { Collection } from "./objects/collection/object.ts";
import type { Catalogue } from "./objects/catalogue/object.ts";
import type { Directory } from "./objects/directory/object.ts";
import type { Docket } from "./objects/docket/object.ts";
import type { Job } from "./objects/job/object.ts";
import type { Keyring } from "./objects/keyring/object.ts";
import type { Kept } from "./objects/kept/object.ts";
import type { Profile } from "./objects/profile/object.ts";
import type { Run } from "./objects/run/object.ts";
import type { Roster } from "./objects/roster/object.ts";
import type { Shard } from "./objects/shard/object.ts";
import type { Shelf } from "./objects/shelf/object.ts";
import type { Signer } from "./objects/signer/object.ts";
import type { State } from "./objects/state/object.ts";
import type { Watch } from "./objects/watch/object.ts";
import type { Workshop } from "./objects/workshop/object.ts";

export interface Env {
  readonly KV: KVNamespace;
  readonly LOADER: WorkerLoader;
  readonly DIRECTORY: DurableObjectNamespace<Directory>;
  readonly KEYRING: DurableObjectNamespace<Keyring>;
  readonly ACCOUNT: DurableObjectNamespace<Account>;
  readonly ALGORITHM: DurableObjectNamespace<Algorithm>;
  readonly BLOB: DurableObjectNamespace<Blob>;
  readonly COLLECTION: DurableObjectNamespace<Collection>;
  readonly SHELF: DurableObjectNamespace<Shelf>;
  readonly STATE: DurableObjectNamespace<State>;
  readonly CATALOGUE: DurableObjectNamespace<Catalogue>;
  readonly SIGNER: DurableObjectNamespace<Signer>;
  readonly ERRAND: DurableObjectNamespace<Errand>;
  readonly KEPT: DurableObjectNamespace<Kept>;
  readonly PROFILE: DurableObjectNamespace<Profile>;
  readonly WATCH: DurableObjectNamespace<Watch>;
  readonly WORKSHOP: DurableObjectNamespace<Workshop>;
  readonly CARD: DurableObjectNamespace<Card>;
  readonly JOB: DurableObjectNamespace<Job>;
  readonly SHARD: DurableObjectNamespace<Shard>;
  readonly ROSTER: DurableObjectNamespace<Roster>;
  readonly RUN: DurableObjectNamespace<Run>;
  readonly DOCKET: DurableObjectNamespace<Docket>;
  /** By what requests leave to the Internet, in place of the platform's own fetch: a deployment's gateway; with `npm start`, public addresses. */
  readonly EGRESS?: Fetcher;
  /** By what requests of ours go to this machine: with `npm start` and tests only. */
  readonly LOOPBACK?: Fetcher;
  /** Processes beside this one that run batches of jobs, ANNEX_1, ANNEX_2, ...: with `npm start` only. */
  readonly [annex: `ANNEX_${number}`]: AnnexStub | undefined;
  /** Host headers answered, separated by commas; empty: all. */
  readonly ORCADE_HOSTS: string;
  /** "on": a tail worker keeps Cloudflare's own cpuTime of every call beside its fuel. */
  readonly ORCADE_TAIL: string;
  /** "open": anybody may sign up; else an invite is asked for. */
  readonly ORCADE_SIGNUP?: string;
  /** Keys that seal the secrets of algorithms (market/secrets.ts); absent: secrets are not available. */
  readonly ORCADE_SECRET_KEYS?: string;
  /** "on": webhooks may go to this machine, unencrypted: for a development server and tests, never for a deployment. */
  readonly ORCADE_WEBHOOK_LOOPBACK?: string;
  /** The one-time token that makes the first operator; absent once the deployment has one. */
  readonly ORCADE_BOOTSTRAP?: string;
}
