// Algorithm: the truth about one algorithm: its versions, which are public, and which a selector means.
import {
  ALGORITHM_MIGRATIONS,
  NEWEST,
  type VersionRow,
  algorithmStatements,
  versionRank,
} from "../../../kv-schema/tables/algorithm.ts";
import type { Env } from "../../env.ts";
import { LIMITS } from "../../limits.ts";
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

export interface PublishedRelease {
  readonly created: boolean;
  /** JSON of the Release that stands. */
  readonly release: string;
}

const samePublication = (a: Release, b: Release): boolean =>
  a.module.sha256 === b.module.sha256 && JSON.stringify(a.manifest) === JSON.stringify(b.manifest);

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
  readonly readme: string;
  /** Milliseconds since 1970. */
  readonly published: number;
  readonly yanked: boolean;
}

export interface AlgorithmView {
  readonly id: string;
  readonly name: string;
  /** Newest first. */
  readonly versions: readonly VersionView[];
}

const viewOf = (row: VersionRow): VersionView => ({
  release: row.release,
  notes: row.notes,
  readme: row.readme,
  published: row.published,
  yanked: row.yanked === 1,
});

export class Algorithm extends Noun {
  readonly #sql = algorithmStatements(this.db);

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, ALGORITHM_MIGRATIONS);
  }

  /**
   * Makes a version current, for good. The same module and manifest again change nothing, even when metering has changed
   * since: what was published stays.
   * @returns whether it is new, and the release that stands
   */
  publish({ release: text, notes, readme }: Publication): Result<PublishedRelease, PublishError> {
    this.establish();
    const release = JSON.parse(text) as Release;
    return this.transaction(() => {
      const rank = versionRank(release.version);
      const existing = this.#sql.version(rank)?.release;
      if (existing !== undefined && samePublication(JSON.parse(existing) as Release, release)) {
        return ok({ created: false, release: existing });
      }
      const refused = this.#refusal(release);
      if (refused !== null) return err(refused);
      this.#sql.create(crypto.randomUUID(), release.algorithm, Date.now());
      const { build, version, manifest } = release;
      const isPublic = manifest.visibility === "public" ? 1 : 0;
      const { royalty } = manifest;
      const published = Date.now();
      this.#sql.publish({
        rank,
        text: version,
        build,
        public: isPublic,
        royalty,
        published,
        release: text,
        notes,
        readme,
      });
      return ok({ created: true, release: text });
    });
  }

  #refusal(release: Release): PublishError | null {
    const entries = this.#entries();
    if (entries.length >= LIMITS.versions) {
      return { reason: "too-many-versions", message: `An algorithm has at most ${LIMITS.versions} versions.` };
    }
    const publishable = checkPublishable(entries, release.version);
    if (!publishable.ok) return publishable.error as PublishError;
    const prices = this.#sql.summaries().map(({ text, royalty }) => ({ version: text, royalty }));
    const rule = checkRoyaltyRule(prices, { version: release.version, royalty: release.manifest.royalty });
    return rule.ok ? null : (rule.error as PublishError);
  }

  /**
   * @param selector `latest`, `1`, `1.2`, `1.2.3`, a build hash...
   * @param member whether the asker may see what is private
   * @returns unknown-algorithm also when nothing the asker may see exists
   */
  resolve(selector: string, member: boolean): Result<Resolution, "unknown-algorithm" | "unknown-version"> {
    const self = this.established ? this.#sql.self() : undefined;
    if (self === undefined) return err("unknown-algorithm");
    const versions = this.#entries();
    if (!member && !versions.some((version) => version.public)) return err("unknown-algorithm");
    const found = resolve(selector, versions, member);
    return found.ok
      ? ok({ id: self.id, version: found.value.version, build: found.value.build })
      : err("unknown-version");
  }

  #entries(): VersionEntry[] {
    return this.#sql
      .summaries()
      .map((row) => ({ version: row.text, build: row.build, public: row.public === 1, yanked: row.yanked === 1 }));
  }

  /** JSON of one version's Release; null when it does not exist. */
  release(version: string): string | null {
    return this.version(version)?.release ?? null;
  }

  /** One version's release and page; null when it does not exist. */
  version(version: string): VersionView | null {
    const parsed = parseVersion(version);
    const row = this.established && parsed.ok ? this.#sql.version(versionRank(version)) : undefined;
    return row === undefined ? null : viewOf(row);
  }

  /** A page of versions, newest first, of those the asker may see. @param before a version; older ones are answered */
  view(member: boolean, before: string | null, limit: number): AlgorithmView | null {
    const self = this.established ? this.#sql.self() : undefined;
    if (self === undefined) return null;
    const from = before === null ? NEWEST : versionRank(before);
    const rows = this.#sql.page(from, member ? 1 : 0, limit);
    if (!member && rows.length === 0 && before === null) return null;
    return { id: self.id, name: self.name, versions: rows.map(viewOf) };
  }

  /** Whether a version exists and refers to the blob: asked before an unconfirmed blob is swept. */
  holds(version: string, sha256: string): boolean {
    const view = this.version(version);
    if (view === null) return false;
    const { module, metered } = JSON.parse(view.release) as Release;
    return module.sha256 === sha256 || metered.sha256 === sha256;
  }
}
