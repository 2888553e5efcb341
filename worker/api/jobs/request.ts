// What POST /v1/jobs takes, and from it a job's terms: algorithms found and fit for one another, files found and pinned.
import * as z from "zod";
import { releaseFor, targetOf } from "../../calls/target.ts";
import { dataUri, readPath, type Place } from "../../data/path.ts";
import type { Env } from "../../env.ts";
import type { JobFile } from "../../jobs/batch.ts";
import { globOf } from "../../jobs/glob.ts";
import type { Target } from "../../jobs/plan.ts";
import { SPLITS } from "../../jobs/split.ts";
import type { JobLimits, JobTerms } from "../../jobs/terms.ts";
import { LIMITS } from "../../limits.ts";
import type { Grant } from "../../market/access/grant.ts";
import { mayCall } from "../../market/access/scopes.ts";
import { type Failure, failure } from "../../market/failure.ts";
import type { Release } from "../../market/release.ts";
import { type Result, err, ok } from "../../market/result.ts";
import { collectionOf } from "../../objects/collection/object.ts";
import type { FileFacts, Read, ReadError } from "../../objects/collection/protocol.ts";
import { isMember } from "../caller.ts";
import { bodyOf } from "../openapi/bodies.ts";
import { pathFailure, readerOf, spelled } from "../data/target.ts";

const ALGORITHM = z.string().min(3).max(100);
const SOURCE = z.string().min(1).max(2_000);
const WHOLE = z.int().min(0).max(Number.MAX_SAFE_INTEGER);

export const jobRequest = bodyOf(
  ["POST /v1/jobs", "POST /v1/jobs/quote"],
  z
    .strictObject({
      map: ALGORITHM,
      reduce: ALGORITHM.optional(),
      source: z.union([
        SOURCE,
        z.array(SOURCE).min(1).max(LIMITS.jobFiles),
        z.strictObject({ from: z.int(), to: z.int() }).refine(({ from, to }) => from < to, "from must be below to"),
      ]),
      split: z.enum(SPLITS),
      overlap: z.int().min(0).max(LIMITS.jobOverlap).default(0),
      arguments: z.json().optional(),
      target: z
        .strictObject({
          bytes: z.int().min(LIMITS.jobChunkBytesLeast).max(LIMITS.jobChunkBytes).optional(),
          items: z.int().min(1).max(1_000_000_000).optional(),
          seconds: z.number().min(0.001).max(100).optional(),
        })
        .default({}),
      limits: z
        .strictObject({
          cost: WHOLE.min(1).optional(),
          fuelPerTask: z.int().min(1_000_000).max(LIMITS.callFuel).optional(),
          parallel: z.int().min(1).max(LIMITS.jobParallel).optional(),
          retries: z.int().min(0).max(LIMITS.jobRetriesMax).optional(),
          tasks: z.int().min(1).max(LIMITS.jobTasks).optional(),
          partial: z.enum(["allow", "refuse"]).optional(),
        })
        .default({}),
    })
    .refine(({ split, source }) => (split === "range") === (typeof source === "object" && !Array.isArray(source)), {
      message: 'split "range" goes with a source {"from": a, "to": b}, and only that',
      path: ["source"],
    })
    .refine(({ split, overlap }) => overlap === 0 || split === "bytes" || split === "records:fasta", {
      message: "only bytes and records:fasta can overlap",
      path: ["overlap"],
    })
    .refine(({ split, target }) => (split === "range" ? target.bytes : target.items) === undefined, {
      message: "a range is cut into items, everything else into bytes",
      path: ["target"],
    }),
);
export type JobRequest = z.infer<typeof jobRequest>;

/** Seconds a chunk should take, and batches at once, where the job does not say. */
const SECONDS = 0.1;
const PARALLEL = 8;

export interface Wanted {
  readonly terms: JobTerms;
  readonly files: readonly JobFile[];
}

const unfit = (message: string, path: string): Failure =>
  failure("invalid-job", message, { errors: [{ path, message }] });

/** A source may have many paths: it is said which one. */
const notFound = (text: string): Failure =>
  failure("path-not-found", `There is no ${text.slice(0, 200)}, or this key may not read it.`);

/** The release that a job names, as `owner/name@version`. */
async function algorithm(env: Env, grant: Grant, text: string, path: string): Promise<Result<Release, Failure>> {
  const target = targetOf(text.replace("@", "/"));
  if (!target.ok) return err(unfit(`Name an algorithm as owner/name@version, not ${text}.`, path));
  const { owner, name } = target.value;
  if (!mayCall(grant.key.scopes, owner, name)) {
    return err(failure("forbidden", `This key may not call ${owner}/${name}.`, { reason: "scope-missing" }));
  }
  const release = await releaseFor(env, target.value, isMember(grant, owner));
  if (!release.ok) return release;
  const [permission] = release.value.manifest.permissions;
  if (permission === undefined) return release;
  return err(
    unfit(
      `${text} asks for the permission ${permission}: what runs in a job may run twice, so it may have none.`,
      path,
    ),
  );
}

/** Whether the mapper takes what the split gives, and the reducer what the mapper answers. */
function misfit({ split }: JobRequest, map: Release, reduce: Release | null): Failure | null {
  const { input, output } = map.manifest;
  const json = split === "json-array" || split === "range";
  if (json !== (input.kind === "json") || (split === "bytes" && input.kind !== "bytes")) {
    const takes = json ? "json" : split === "bytes" ? "bytes" : "text or bytes";
    return unfit(`With split ${split} a mapper must take ${takes}; this one takes ${input.kind}.`, "$.map");
  }
  if (reduce === null) return null;
  const { kind } = reduce.manifest.input;
  if (kind === "text") return unfit("A reducer must take json or bytes.", "$.reduce");
  if (kind === "json" && output.kind !== "json" && output.kind !== "text") {
    return unfit(
      `A reducer that takes json goes with a mapper that answers json or text, not ${output.kind}.`,
      "$.reduce",
    );
  }
  if (reduce.manifest.output.kind === "void" || output.kind === "void")
    return unfit("Mapper and reducer must answer something.", "$.reduce");
  return null;
}

const PAGE = 1_000;
const AT_ONCE = 16;

class Sources {
  readonly #env: Env;
  readonly #grant: Grant;

  constructor(env: Env, grant: Grant) {
    this.#env = env;
    this.#grant = grant;
  }

  /** The files that a list of paths and patterns names, each once, in that order. */
  async all(paths: readonly string[]): Promise<Result<readonly JobFile[], Failure>> {
    const files = new Map<string, JobFile>();
    for (let at = 0; at < paths.length; at += AT_ONCE) {
      const found = await Promise.all(paths.slice(at, at + AT_ONCE).map((path) => this.#named(path)));
      for (const some of found) {
        if (!some.ok) return some;
        for (const file of some.value) files.set(file.uri, file);
      }
      if (files.size > LIMITS.jobFiles) return err(unfit(`A source has at most ${LIMITS.jobFiles} files.`, "$.source"));
    }
    return ok([...files.values()]);
  }

  async #named(text: string): Promise<Result<readonly JobFile[], Failure>> {
    const slash = text.lastIndexOf("/");
    const pattern = text.slice(slash + 1);
    const read = readPath(pattern.includes("*") ? text.slice(0, slash) : text, this.#grant.account);
    if (!read.ok) return err(read.error.reason === "not-found" ? notFound(text) : pathFailure(read.error));
    const path = read.value;
    if (path.kind === "collection" && pattern.includes("*")) return this.#matching(text, path.place, globOf(pattern));
    if (path.kind !== "file")
      return err(
        unfit(`Name files, or a pattern such as data://owner/collection/*.fa, not ${text.slice(0, 100)}.`, "$.source"),
      );
    const { reader, at } = this.#at(path.place);
    const found = (await at.read(reader, path.file, [], true)) as Result<Read, ReadError>;
    return found.ok ? ok([this.#file(path.place, found.value.file)]) : err(notFound(text));
  }

  async #matching(
    text: string,
    place: Place,
    matches: (name: string) => boolean,
  ): Promise<Result<readonly JobFile[], Failure>> {
    const { reader, at } = this.#at(place);
    const files: JobFile[] = [];
    for (let after = ""; ;) {
      const page = (await at.list(reader, after, PAGE)) as Result<readonly FileFacts[], ReadError>;
      if (!page.ok) return err(notFound(text));
      for (const file of page.value) if (matches(file.name)) files.push(this.#file(place, file));
      if (files.length > LIMITS.jobFiles)
        return err(unfit(`A source has at most ${LIMITS.jobFiles} files.`, "$.source"));
      const last = page.value.at(-1);
      if (page.value.length < PAGE || last === undefined)
        return files.length > 0 ? ok(files) : err(failure("path-not-found", `No file matches ${text.slice(0, 200)}.`));
      after = last.name;
    }
  }

  #at(place: Place): { readonly reader: JobFile["reader"]; readonly at: ReturnType<typeof collectionOf> } {
    return { reader: readerOf(this.#grant, place.owner), at: collectionOf(this.#env, place.owner, place.collection) };
  }

  #file(place: Place, { name, size, md5 }: FileFacts): JobFile {
    const owner = spelled(this.#grant, place.owner);
    const uri = dataUri({ ...place, owner }, name);
    return {
      uri,
      owner: place.owner,
      collection: place.collection,
      name,
      md5,
      size,
      reader: readerOf(this.#grant, place.owner),
    };
  }
}

function targetFor({ target, split }: JobRequest): Target {
  const units = split === "range" ? target.items : target.bytes;
  return { units: units ?? null, seconds: target.seconds ?? SECONDS };
}

const limitsFor = ({ limits }: JobRequest): JobLimits => ({
  cost: limits.cost ?? LIMITS.jobCost,
  fuelPerTask: limits.fuelPerTask ?? LIMITS.jobFuelPerTask,
  parallel: limits.parallel ?? PARALLEL,
  retries: limits.retries ?? LIMITS.jobRetries,
  tasks: limits.tasks ?? LIMITS.jobTasks,
  partial: limits.partial === "allow",
});

/** What the job reads: its files, pinned; none for a range. */
async function filesFor(env: Env, grant: Grant, { source }: JobRequest): Promise<Result<readonly JobFile[], Failure>> {
  if (typeof source === "object" && !Array.isArray(source)) return ok([]);
  if (grant.key.scopes.data === "none") {
    return err(
      failure("forbidden", 'A job reads data: this needs a key with the scope "data".', { reason: "scope-missing" }),
    );
  }
  const files = await new Sources(env, grant).all(typeof source === "string" ? [source] : source);
  if (!files.ok) return files;
  if (files.value.every(({ size }) => size === 0))
    return err(failure("empty-source", "The source has no bytes: there is nothing to do."));
  return files;
}

/** What is known of a job before its request is looked at: its id, and the hash of the request. */
export type Named = Pick<JobTerms, "id" | "request">;

/** @param key SHA-256 of the key, 64 hex digits */
export async function termsFor(
  env: Env,
  grant: Grant,
  key: string,
  named: Named,
  request: JobRequest,
): Promise<Result<Wanted, Failure>> {
  const text = JSON.stringify(request.arguments ?? null);
  if (new TextEncoder().encode(text).length > LIMITS.jobArgumentsBytes) {
    return err(unfit(`The arguments have at most ${LIMITS.jobArgumentsBytes} bytes.`, "$.arguments"));
  }
  const map = await algorithm(env, grant, request.map, "$.map");
  if (!map.ok) return map;
  const reduce = request.reduce === undefined ? ok(null) : await algorithm(env, grant, request.reduce, "$.reduce");
  if (!reduce.ok) return reduce;
  const wrong = misfit(request, map.value, reduce.value);
  if (wrong !== null) return err(wrong);
  const files = await filesFor(env, grant, request);
  if (!files.ok) return files;
  const { source, split, overlap } = request;
  const range =
    typeof source === "object" && !Array.isArray(source) ? { from: source.from, size: source.to - source.from } : null;
  const owns = (release: Release): boolean => isMember(grant, release.algorithm.split("/")[0] ?? "");
  const terms: JobTerms = {
    ...named,
    account: grant.account,
    key,
    keyLabel: grant.key.label,
    created: Date.now(),
    map: map.value,
    reduce: reduce.value,
    ownMap: owns(map.value),
    ownReduce: reduce.value !== null && owns(reduce.value),
    cutting: { split, overlap },
    range,
    arguments: text,
    target: targetFor(request),
    limits: limitsFor(request),
  };
  return ok({ terms, files: files.value });
}
