// Algorithm: the truth about one algorithm: its versions, which are public, and which a selector means.
import {
  ALGORITHM_MIGRATIONS,
  type AlgorithmRow,
  type ListedRow,
  NEWEST,
  algorithmStatements,
  versionRank,
} from "../../../kv-schema/tables/algorithm.ts";
import type { Env } from "../../env.ts";
import { LIMITS } from "../../limits.ts";
import type { Manifest } from "../../market/manifest.ts";
import type { Release } from "../../market/release.ts";
import { type Result, err, ok } from "../../market/result.ts";
import { type VersionEntry, checkPublishable, checkRoyaltyRule, parseVersion, resolve } from "../../market/semver.ts";
import { Noun } from "../noun.ts";

export interface Publication {
  /** JSON of the Release. */
  readonly release: string;
  readonly notes: string;
  readonly readme: string;
}

export interface PublishError {
  readonly reason: "version-exists" | "version-zero" | "bad-version" | "royalty-rule" | "too-many-versions";
  readonly message: string;
}

/** What a publish is about to bring: enough to tell whether it may. */
export interface Candidate {
  readonly version: string;
  /** SHA-256 of the module as uploaded, 64 hex digits. */
  readonly module: string;
  /** JSON of the Manifest. */
  readonly manifest: string;
  readonly notes: string;
  readonly readme: string;
}

/** A version that stands already, with the module and manifest of a candidate. */
export interface StandingRelease {
  /** JSON of its Release. */
  readonly release: string;
  /** Whether the candidate's notes and README are those that stand, too. */
  readonly sameTexts: boolean;
}

export interface PublishedRelease extends StandingRelease {
  readonly created: boolean;
}

function isSame(standing: Release, candidate: Candidate): boolean {
  const manifest = JSON.stringify(JSON.parse(candidate.manifest));
  return standing.module.sha256 === candidate.module && JSON.stringify(standing.manifest) === manifest;
}

/** Bytes of releases and notes after which a page ends: what one answer between objects may well carry. */
const PAGE_BYTES = 1024 * 1024;

/** What a selector means now; believed for LIMITS.freshMs. */
export interface Resolution {
  /** UUID of the algorithm. */
  readonly id: string;
  readonly version: string;
  readonly build: string;
}

/** A version as its page shows it. */
export interface VersionView {
  /** JSON of the Release: text, because it crosses between objects. */
  readonly release: string;
  readonly notes: string;
  /** Milliseconds since 1970. */
  readonly published: number;
  readonly yanked: boolean;
}

export interface AlgorithmView {
  readonly id: string;
  readonly name: string;
  /** Newest first. */
  readonly versions: readonly VersionView[];
  /** Whether there are older ones. */
  readonly more: boolean;
}

export type Unknown = "unknown-algorithm" | "unknown-version";

/** A version as the object itself thinks of it. */
interface KnownVersion extends VersionEntry {
  readonly royalty: number;
}

const viewOf = (row: ListedRow): VersionView => ({
  release: row.release,
  notes: row.notes,
  published: row.published,
  yanked: row.yanked === 1,
});

export class Algorithm extends Noun {
  readonly #sql = algorithmStatements(this.db);
  /** All versions without their texts, read once and again after a publish: each resolve looks through them. */
  #known: readonly KnownVersion[] | null = null;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, ALGORITHM_MIGRATIONS);
  }

  /**
   * What would become of a publication, asked before the work of metering and proving a module. Writes nothing.
   * @returns the release that stands when it is the same, null when the version may be published
   */
  consider(candidate: Candidate): Result<StandingRelease | null, PublishError> {
    const row = this.#has(candidate.version) ? this.#sql.version(versionRank(candidate.version)) : undefined;
    if (row !== undefined && isSame(JSON.parse(row.release) as Release, candidate)) {
      const sameTexts = row.notes === candidate.notes && row.readme === candidate.readme;
      return ok({ release: row.release, sameTexts });
    }
    const { royalty } = JSON.parse(candidate.manifest) as Manifest;
    const refused = this.#refusal(candidate.version, royalty);
    return refused === null ? ok(null) : err(refused);
  }

  /**
   * Makes a version current, for good. The same module and manifest again change nothing, even when metering has changed
   * since: what was published stays, and so do its notes and README.
   * @returns whether it is new, and the release that stands
   */
  publish(publication: Publication): Result<PublishedRelease, PublishError> {
    const { release: text, notes, readme } = publication;
    const release = JSON.parse(text) as Release;
    const { version, module, manifest } = release;
    const candidate = { version, module: module.sha256, manifest: JSON.stringify(manifest), notes, readme };
    const considered = this.consider(candidate);
    if (!considered.ok) return considered;
    if (considered.value !== null) return ok({ created: false, ...considered.value });
    this.establish();
    this.#known = null;
    this.transaction(() => this.#write(release, publication));
    return ok({ created: true, release: text, sameTexts: true });
  }

  #write({ algorithm, version, build, manifest }: Release, { release, notes, readme }: Publication): void {
    const now = Date.now();
    this.#sql.create(crypto.randomUUID(), algorithm, now);
    this.#sql.publish({
      rank: versionRank(version),
      text: version,
      build,
      public: manifest.visibility === "public" ? 1 : 0,
      royalty: manifest.royalty,
      published: now,
      release,
      notes,
      readme,
    });
  }

  #refusal(version: string, royalty: number): PublishError | null {
    const entries = this.#entries();
    if (entries.length >= LIMITS.versions) {
      return { reason: "too-many-versions", message: `An algorithm has at most ${LIMITS.versions} versions.` };
    }
    const publishable = checkPublishable(entries, version);
    if (!publishable.ok) return publishable.error as PublishError;
    const rule = checkRoyaltyRule(entries, { version, royalty });
    return rule.ok ? null : (rule.error as PublishError);
  }

  /**
   * @param selector `latest`, `1`, `1.2`, `1.2.3`, a build hash...
   * @param member whether the asker may see what is private
   * @returns unknown-algorithm also when nothing the asker may see exists
   */
  resolve(selector: string, member: boolean): Result<Resolution, Unknown> {
    const self = this.#selfFor(member);
    if (self === undefined) return err("unknown-algorithm");
    const found = resolve(selector, this.#entries(), member);
    return found.ok
      ? ok({ id: self.id, version: found.value.version, build: found.value.build })
      : err("unknown-version");
  }

  /** The algorithm, if it exists and the asker may see any of it: what is private does not exist for a stranger. */
  #selfFor(member: boolean): AlgorithmRow | undefined {
    const self = this.established ? this.#sql.self() : undefined;
    return member || this.#entries().some((version) => version.public) ? self : undefined;
  }

  #entries(): readonly KnownVersion[] {
    if (!this.established) return [];
    this.#known ??= this.#sql.summaries().map((row) => ({
      version: row.text,
      build: row.build,
      public: row.public === 1,
      yanked: row.yanked === 1,
      royalty: row.royalty,
    }));
    return this.#known;
  }

  #has(version: string): boolean {
    return this.established && parseVersion(version).ok;
  }

  /** JSON of one version's Release; null when it does not exist. Who may see it was decided by resolve. */
  release(version: string): string | null {
    return (this.#has(version) ? this.#sql.listed(versionRank(version))?.release : undefined) ?? null;
  }

  /** The one version that a selector means, as its page shows it. */
  find(selector: string, member: boolean): Result<AlgorithmView, Unknown> {
    const found = this.resolve(selector, member);
    if (!found.ok) return found;
    const row = this.#sql.listed(versionRank(found.value.version));
    const self = this.#sql.self();
    return row === undefined || self === undefined
      ? err("unknown-version")
      : ok({ id: self.id, name: self.name, versions: [viewOf(row)], more: false });
  }

  /** The README, Markdown, of the version that a selector means; "" when it has none. */
  readme(selector: string, member: boolean): Result<string, Unknown> {
    const found = this.resolve(selector, member);
    return found.ok ? ok(this.#sql.readme(versionRank(found.value.version)) ?? "") : found;
  }

  /**
   * A page of versions, newest first, of those the asker may see: at most `limit`, and no further than PAGE_BYTES reach.
   * @param before a version, which need not exist; older ones are answered
   * @returns null when nothing the asker may see exists, whatever `before` is
   */
  view(member: boolean, before: string | null, limit: number): AlgorithmView | null {
    const self = this.#selfFor(member);
    if (self === undefined) return null;
    const versions: VersionView[] = [];
    let bytes = 0;
    let next = this.#below(before === null ? NEWEST : versionRank(before), member);
    while (next !== undefined && versions.length < limit && bytes < PAGE_BYTES) {
      versions.push(viewOf(next));
      bytes += Buffer.byteLength(next.release) + Buffer.byteLength(next.notes);
      next = this.#below(next.rank, member);
    }
    return { id: self.id, name: self.name, versions, more: next !== undefined };
  }

  #below(rank: string, member: boolean): ListedRow | undefined {
    return this.#sql.below(rank, member ? 1 : 0);
  }

  /** Whether a version exists and refers to the blob: asked before an unconfirmed blob is swept. */
  holds(version: string, sha256: string): boolean {
    const release = this.release(version);
    if (release === null) return false;
    const { module, metered } = JSON.parse(release) as Release;
    return module.sha256 === sha256 || metered.sha256 === sha256;
  }
}
